import Foundation
import Storage
import TestSupport
import Testing

@Suite struct SealedFileTests {
  /// Tensors of several pieces, of one and of none.
  private static func tensors() -> Safetensors {
    Safetensors(
      tensors: [
        "large": .init([UInt8](repeating: 7, count: (9 << 20) + 3), shape: [(9 << 20) + 3]),
        "small": .init((0..<6).map(Float.init), shape: [2, 3]),
        "empty": .init([Float](), shape: [0]),
      ],
      metadata: ["format": "some"])
  }

  private static func small() -> Safetensors {
    var file = tensors()
    file.tensors["large"] = nil
    return file
  }

  @Test("a sealed file opens as what was sealed, and is safetensors for everybody else")
  func roundTrip() throws {
    let data = try SealedFile(Self.tensors()).encoded()
    let opened = try SealedFile.open(data, path: "some")
    #expect(opened.metadata == ["format": "some"])
    #expect(opened.tensors.mapValues(\.bytes) == Self.tensors().tensors.mapValues(\.bytes))
    #expect(opened.tensors["small"]?.shape == [2, 3])
    let plain = try Safetensors(bytes: [UInt8](data), path: "some")
    #expect(Set(plain.tensors.keys) == ["large", "small", "empty", "seal", "seal.pieces"])
  }

  @Test("pieces may be written in any order, by anybody")
  func pieces() throws {
    let folder = try TemporaryFolder()
    let sealed = try SealedFile(Self.tensors())
    #expect(sealed.count == 4)
    let path = folder.path + "/file"
    let file = try OutputFile(path)
    let last = try sealed.write(2..<4, to: OutputFile(path, .existing))
    let first = try sealed.write(0..<2, to: OutputFile(path, .existing))
    #expect(try sealed.write(4..<4, to: file) == [])
    try sealed.seal(first + last, to: file)
    #expect(try FileManager.default.contents(atPath: path) == sealed.encoded())
  }

  @Test("a file without a seal is refused")
  func unsealed() throws {
    let data = try Self.small().encoded()
    let error = try #require(throws: FileError.self) { try SealedFile.open(data, path: "some") }
    #expect(error.exitCode == .badDataFile && error.description == "some: has no seal")
  }

  @Test("a file cut off after any byte, or with bytes after its end, is refused")
  func truncation() throws {
    let data = try SealedFile(Self.small()).encoded()
    for count in 0..<data.count { expectRefusal(of: data.prefix(count)) }
    expectRefusal(of: data + [0])
    expectRefusal(of: data + data)
  }

  @Test("a file with any bit changed is refused")
  func bits() throws {
    let data = try SealedFile(Self.small()).encoded()
    for place in 0..<data.count {
      var changed = data
      changed[place] ^= 1 << UInt8(place % 8)
      expectRefusal(of: changed)
    }
  }

  private func expectRefusal(of data: Data) {
    let error = #expect(throws: FileError.self) { try SealedFile.open(data, path: "some") }
    #expect(error?.exitCode == .badDataFile)
  }
}
