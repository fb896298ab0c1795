import Foundation
import Storage
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  @Test("numbers, bytes and metadata come back as they were")
  func roundTrip() throws {
    let floats: [Float] = [
      0, -0.0, 1.5, .leastNonzeroMagnitude, -.infinity, .greatestFiniteMagnitude,
    ]
    let file = Safetensors(
      tensors: [
        "weights": .init(floats, shape: [2, 3]), "mask.weights": .init([1, 0, 255], shape: [3]),
        "empty": .init([UInt8](), shape: [0, 7]),
      ],
      metadata: ["network": "a \"quoted\" näme", "kept": "6"])
    let read = try Safetensors(bytes: [UInt8](try file.encoded()), path: "made-up")
    #expect(read.metadata == file.metadata)
    #expect(read.tensors.keys.sorted() == ["empty", "mask.weights", "weights"])
    let weights = try #require(read.tensors["weights"])
    #expect(weights.type == .float32 && weights.shape == [2, 3])
    #expect(weights.floats?.map(\.bitPattern) == floats.map(\.bitPattern))
    #expect(weights.integers == nil)
    let mask = try #require(read.tensors["mask.weights"])
    #expect(mask.type == .uint8 && mask.shape == [3] && mask.bytes == [1, 0, 255])
    #expect(mask.floats == nil)
    #expect(read.tensors["empty"]?.shape == [0, 7])
  }

  @Test("a NaN keeps its bits")
  func notANumber() throws {
    let pattern = Float(bitPattern: 0x7FC0_1234)
    let file = Safetensors(tensors: ["x": .init([pattern], shape: [])])
    let read = try Safetensors(bytes: [UInt8](try file.encoded()), path: "made-up")
    #expect(read.tensors["x"]?.floats?.map(\.bitPattern) == [0x7FC0_1234])
    #expect(read.tensors["x"]?.shape == [])
  }

  @Test("the same content gives the same bytes, the numbers at a multiple of 8")
  func layout() throws {
    let file = Safetensors(
      tensors: ["b": .init([Float(1)], shape: [1]), "a": .init([9], shape: [1])],
      metadata: ["key": "value"])
    let bytes = [UInt8](try file.encoded())
    #expect(bytes == [UInt8](try file.encoded()))
    let length = Int(bytes[0]) + Int(bytes[1]) << 8
    #expect(length % 8 == 0)
    #expect(bytes[(8 + length)...] == [9, 0, 0, 0x80, 0x3F])
  }

  @Test("a header written by hand is read: offsets, shape and all three types")
  func handMadeHeader() throws {
    let bytes = SafetensorsBytes.file(
      header: """
        {"__metadata__":{"format":"pt"},
        "i":{"dtype":"I64","shape":[2],"data_offsets":[0,16]},
        "f":{"dtype":"F32","shape":[1,1],"data_offsets":[16,20]},
        "u":{"dtype":"U8","shape":[],"data_offsets":[20,21]}}
        """,
      body: [1, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 255, count: 8) + [0, 0, 0, 0xC0, 7])
    let read = try Safetensors(bytes: bytes, path: "made-up")
    #expect(read.metadata == ["format": "pt"])
    #expect(read.tensors["i"]?.integers == [1, -1])
    #expect(read.tensors["f"]?.floats == [-2])
    #expect(read.tensors["u"]?.bytes == [7])
  }

  @Test("a file on disk is read; one that is not there is missing")
  func disk() throws {
    let folder = try TemporaryFolder()
    let file = Safetensors(tensors: ["x": .init([Float(4)], shape: [1])])
    let path = try folder.write([UInt8](try file.encoded()), to: "x.safetensors")
    #expect(try Safetensors(path: path).tensors["x"]?.floats == [4])
    let error = #expect(throws: FileError.self) { try Safetensors(path: path + ".other") }
    #expect(error?.exitCode == .missingInput)
    #expect(error?.description.contains(path + ".other") == true)
  }
}
