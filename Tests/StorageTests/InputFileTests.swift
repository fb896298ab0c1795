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

  @Test("no file and a folder are refused by their path")
  func refused() throws {
    for path in [folder.path + "/none", folder.path] {
      let error = try #require(throws: FileError.self) { try InputFile.bytes(of: path, most: 9) }
      #expect(error.exitCode == .inputOutput && error.description.hasPrefix(path))
    }
  }

  @Test("lines have their numbers, blank ones are left out", arguments: ["\n", "\r\n"])
  func lines(_ end: String) throws {
    let text = "one\(end)\(end) \(end)two three\(end)fünf"
    let lines = try InputFile.lines(of: folder.write(Array(text.utf8), to: "file"))
    #expect(lines.map(\.number) == [1, 4, 5])
    #expect(lines.map { String($0.text) } == ["one", "two three", "fünf"])
  }

  @Test("bytes that are no text are damage")
  func noText() throws {
    let path = try folder.write([0x61, 0xC3, 0x28], to: "file")
    let error = try #require(throws: FileError.self) { try InputFile.lines(of: path) }
    #expect(error.exitCode == .badDataFile && error.description.contains("UTF-8"))
  }
}
