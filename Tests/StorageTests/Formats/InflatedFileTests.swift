import Foundation
import Storage
import TestSupport
import Testing

@Suite struct InflatedFileTests {
  private let folder: TemporaryFolder
  private let content = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * $0 / 7) }

  init() throws { folder = try TemporaryFolder() }

  /// `content` as gzip writes it.
  private func compressed(_ name: String = "content") throws -> [UInt8] {
    let plain = try folder.write(content, to: name)
    let outcome = try Shell.run(["gzip", "-n", plain])
    try #require(outcome.code == 0, "\(outcome.errors)")
    return [UInt8](try #require(FileManager.default.contents(atPath: plain + ".gz")))
  }

  /// Reads `bytes`, written to `name`, to the end and requires that they are damaged.
  private func damage(_ bytes: [UInt8], in name: String) throws -> String {
    let path = try folder.write(bytes, to: name)
    let error = try #require(throws: FileError.self) {
      let file = try InflatedFile(path)
      _ = try file.read(content.count)
      try file.requireEnd()
    }
    #expect(error.exitCode == .badDataFile)
    #expect(error.description.hasPrefix(path + ": "))
    return error.description
  }

  @Test("a plain file is read piece by piece")
  func plain() throws {
    let file = try InflatedFile(try folder.write(content, to: "plain"))
    #expect(try file.read(0) == [])
    #expect(try file.read(4) == Array(content[..<4]))
    #expect(try file.read(4996) == Array(content[4...]))
    try file.requireEnd()
  }

  @Test("a gzip file is inflated on the way")
  func inflated() throws {
    let bytes = try compressed()
    try #require(bytes.count != content.count)
    let file = try InflatedFile(folder.path + "/content.gz")
    #expect(try file.read(1000) == Array(content[..<1000]))
    #expect(try file.read(4000) == Array(content[1000...]))
    try file.requireEnd()
  }

  @Test("two gzip members are one content, as gunzip has it")
  func members() throws {
    let bytes = try compressed()
    let file = try InflatedFile(try folder.write(bytes + bytes, to: "two.gz"))
    #expect(try file.read(10_000) == content + content)
    try file.requireEnd()
  }

  @Test("a plain file that ends early says where and how much is missing")
  func shortPlain() throws {
    let reason = try damage(Array(content[..<4990]), in: "short")
    #expect(reason.contains("at byte 4990"))
    #expect(reason.contains("10 bytes"))
  }

  @Test("a gzip file cut off anywhere is damaged")
  func shortGzip() throws {
    let bytes = try compressed()
    for count in Array(0..<20) + stride(from: 20, to: bytes.count, by: 97)
      + (bytes.count - 9..<bytes.count)
    {
      _ = try damage(Array(bytes[..<count]), in: "short.gz")
    }
  }

  @Test("a plain file that is called .gz is no gzip file")
  func misnamed() throws {
    #expect(try damage(content, in: "misnamed.gz").contains("not a gzip file"))
  }

  @Test("a gzip file with a wrong checksum or length is damaged", arguments: 1...8)
  func checksum(_ fromEnd: Int) throws {
    var bytes = try compressed()
    bytes[bytes.count - fromEnd] ^= 0x10
    _ = try damage(bytes, in: "checksum.gz")
  }

  @Test("a gzip file changed in any place is damaged or still gives its content")
  func corruption() throws {
    let seed = SeededRandom.printedSeed()
    var random = SeededRandom(seed: seed)
    let original = try compressed()
    var refused = 0
    for _ in 0..<200 {
      var bytes = original
      bytes[.random(in: 2..<bytes.count, using: &random)] ^= .random(in: 1...255, using: &random)
      do {
        let file = try InflatedFile(try folder.write(bytes, to: "changed.gz"))
        let read = try file.read(content.count)
        // The checksum comes last.
        try file.requireEnd()
        #expect(read == content, "seed \(seed)")
      } catch let error as FileError {
        #expect(error.exitCode == .badDataFile, "seed \(seed)")
        refused += 1
      }
    }
    #expect(refused > 150, "seed \(seed)")
  }

  @Test("what follows the announced content is damage", arguments: ["plain", "inflated.gz"])
  func trailing(_ name: String) throws {
    let bytes = name.hasSuffix(".gz") ? try compressed() : content
    let path = try folder.write(bytes, to: name)
    let file = try InflatedFile(path)
    _ = try file.read(4999)
    let error = #expect(throws: FileError.self) { try file.requireEnd() }
    #expect(error?.exitCode == .badDataFile)
    #expect(error?.description.contains("at byte 4999") == true)
  }

  @Test("an announced size far beyond the file takes no memory of that size")
  func announcedSize() throws {
    let file = try InflatedFile(try folder.write(content, to: "plain"))
    let error = #expect(throws: FileError.self) { try file.read(1 << 46) }
    #expect(error?.exitCode == .badDataFile)
  }

  @Test("the size of a plain file is known; the other is inflated for it, up to a limit")
  func sizes() throws {
    let bytes = try compressed()
    for (name, bytes) in [("plain", content), ("content", bytes), ("two", bytes + bytes)] {
      let file = try InflatedFile(try folder.write(bytes, to: name))
      let size = name == "two" ? 10_000 : 5000
      #expect(file.size == (name == "plain" ? size : nil))
      #expect(try file.measure(most: size) == size)
      #expect(try file.measure(most: 10) > 10)
      // It begins at the front afterwards.
      #expect(try file.read(4) == Array(content[..<4]))
    }
    let short = try InflatedFile(try folder.write(bytes.dropLast(20), to: "short"))
    let error = try #require(throws: FileError.self) { try short.measure(most: 5000) }
    #expect(error.exitCode == .badDataFile && error.description.contains("ends early"))
  }

  @Test("what a file lacks is told without reading the rest")
  func sparse() throws {
    let path = try folder.write(content, to: "plain")
    #expect(truncate(path, 1 << 40) == 0)
    let file = try InflatedFile(path)
    #expect(try file.read(5000) == content)
    let error = try #require(throws: FileError.self) { try file.read(1 << 40) }
    #expect(error.description.contains("at byte \(1 << 40): the file ends, 5000 bytes are missing"))
  }
}
