import Foundation
import Storage
import TestSupport
import Testing

@Suite struct MappedFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test("a mapped file has the bytes of the file", arguments: [0, 1, 4096, 100_001])
  func content(_ count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) }
    let file = try MappedFile(folder.write(bytes, to: "file"))
    #expect(file.count == count)
    let isSame = file.withBytes { Array($0) == bytes }
    #expect(isSame)
  }

  @Test("it keeps them when another file takes its name")
  func replaced() throws {
    let path = try folder.write([1, 2, 3], to: "file")
    let file = try MappedFile(path)
    try OutputFile.replace(path, with: Data([4, 5]))
    #expect(file.withBytes(Array.init) == [1, 2, 3])
    #expect(try MappedFile(path).withBytes(Array.init) == [4, 5])
  }

  @Test("no file and a folder are refused by their path")
  func refused() throws {
    for path in [folder.path + "/none", folder.path] {
      let error = try #require(throws: FileError.self) { try MappedFile(path) }
      #expect(error.exitCode == .inputOutput && error.description.hasPrefix(path))
    }
  }
}
