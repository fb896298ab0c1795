import Foundation
import Storage
import TestSupport
import Testing

@Suite struct InputFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("all bytes are read, as many as are allowed", arguments: [0, 1, 65_536, 65_537, 200_000])
  func bytes(_ count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 3) }
    let path = try folder.write(bytes, to: "file")
    let isSame = try InputFile.bytes(of: path, most: count) == bytes
    #expect(isSame)
  }

  @Test("a file with more bytes is damaged")
  func tooMany() throws {
    let path = try folder.write([1, 2, 3], to: "file")
    let error = try #require(throws: FileError.self) { try InputFile.bytes(of: path, most: 2) }
    #expect(error.exitCode == .badDataFile)
    #expect(error.description.hasPrefix(path) && error.description.contains("2 bytes"))
  }

  @Test("a file far too large is refused before it is read")
  func farTooMany() throws {
    let path = try folder.write([1], to: "file")
    #expect(truncate(path, 200_000_000_000) == 0)
    for read in [
      { _ = try InputFile.bytes(of: path, most: 2) }, { _ = try InputFile.lines(of: path) },
    ] {
      #expect(try #require(throws: FileError.self, performing: read).exitCode == .badDataFile)
    }
  }

  @Test("lines have their numbers, blank ones are left out", arguments: ["\n", "\r\n"])
  func lines(_ end: String) throws {
    let text = "one\(end)\(end) \(end)two three\(end)fünf"
    let lines = try InputFile.lines(of: folder.write(Array(text.utf8), to: "file"))
    #expect(lines.map(\.number) == [1, 4, 5])
    #expect(lines.map { String($0.text) } == ["one", "two three", "fünf"])
  }

  @Test("a byte-order mark is no part of a text")
  func byteOrderMark() throws {
    let path = try folder.write([0xEF, 0xBB, 0xBF] + Array("one\ntwo".utf8), to: "file")
    #expect(try InputFile.text(of: path, most: 100) == "one\ntwo")
    #expect(
      try InputFile.lines(of: path).map { Array($0.text.utf8) } == [
        Array("one".utf8), Array("two".utf8),
      ])
  }

  @Test("text in UTF-16 is told from damage", arguments: [String.Encoding.utf16, .utf16BigEndian])
  func utf16(_ encoding: String.Encoding) throws {
    let mark: [UInt8] = encoding == .utf16 ? [] : [0xFE, 0xFF]
    let text = try #require("one\ntwo".data(using: encoding))
    let path = try folder.write(mark + text, to: "file")
    let error = try #require(throws: FileError.self) { try InputFile.lines(of: path) }
    #expect(error.exitCode == .badDataFile)
    #expect(error.description.contains("UTF-16") && error.description.contains("save it as UTF-8"))
  }

  @Test("bytes that are no text are damage")
  func noText() throws {
    let path = try folder.write([0x61, 0xC3, 0x28], to: "file")
    let error = try #require(throws: FileError.self) { try InputFile.lines(of: path) }
    #expect(error.exitCode == .badDataFile && error.description.contains("UTF-8"))
  }
}
