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

  @Test("it knows whose it is, and whether others may change it", arguments: [0o600, 0o620, 0o602])
  func owner(_ permissions: Int) throws {
    let path = try folder.write([1], to: "file")
    #expect(chmod(path, mode_t(permissions)) == 0)
    let file = try MappedFile(path)
    #expect(file.owner == geteuid())
    #expect(file.isWritableByOthers == (permissions != 0o600))
    #expect(abs(file.modified.timeIntervalSinceNow) < 60)
  }
}
