import Storage
import TestSupport
import Testing

@Suite struct DamagedSafetensorsTests {
  private static func small() throws -> [UInt8] {
    let file = Safetensors(
      tensors: [
        "layer.weight": .init((0..<6).map(Float.init), shape: [2, 3]),
        "mask.layer.weight": .init([1, 1, 0, 1, 0, 1], shape: [2, 3]),
      ],
      metadata: ["network": "lenet300-100"])
    return [UInt8](try file.encoded())
  }

  /// Requires that `bytes` are refused as a damaged file of that name, and gives the reason.
  @discardableResult
  private func refusal(of bytes: [UInt8]) throws -> String {
    let error = try #require(throws: FileError.self) {
      try Safetensors(bytes: bytes, path: "some.safetensors")
    }
    #expect(error.exitCode == .badDataFile)
    #expect(error.description.hasPrefix("some.safetensors: "))
    return error.description
  }

  @Test("a file cut off after any byte is damaged")
  func truncation() throws {
    let bytes = try Self.small()
    for count in 0..<bytes.count { try refusal(of: Array(bytes.prefix(count))) }
  }

  @Test(
    "a header longer than the file is damaged",
    arguments: [100, 1 << 32, 1 << 63, UInt64.max, UInt64.max - 7])
  func headerLength(_ length: UInt64) throws {
    let reason = try refusal(of: SafetensorsBytes.length(length) + Array("{}".utf8))
    #expect(reason.contains("\(length)"))
  }

  @Test(
    "a header that is no JSON object is damaged",
    arguments: ["", " ", "[]", "[1]", "3", "null", "\"x\"", "{", "{\"x\":}", "{}}", "\u{0}"])
  func noObject(_ header: String) throws {
    try refusal(of: SafetensorsBytes.file(header: header))
  }

  @Test("a header that is no UTF-8 is damaged")
  func noText() throws {
    try refusal(of: SafetensorsBytes.length(4) + [0x7B, 0xFF, 0xFE, 0x7D])
  }

  @Test("a header nested without end is damaged")
  func nesting() throws {
    try refusal(of: SafetensorsBytes.file(header: String(repeating: "{\"x\":", count: 100_000)))
    try refusal(of: SafetensorsBytes.file(header: String(repeating: "[", count: 100_000)))
  }

  @Test(
    "an entry that cannot be true is damaged, and named",
    arguments: [
      #"1"#, #"null"#, #"[]"#, #"{}"#,
      #"{"dtype":"F32","shape":[2]}"#,
      #"{"dtype":"F32","data_offsets":[0,8]}"#,
      #"{"shape":[2],"data_offsets":[0,8]}"#,
      #"{"dtype":4,"shape":[2],"data_offsets":[0,8]}"#,
      #"{"dtype":"F32","shape":2,"data_offsets":[0,8]}"#,
      #"{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}"#,
      #"{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}"#,
      #"{"dtype":"F32","shape":[2],"data_offsets":[0]}"#,
      #"{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}"#,
      #"{"dtype":"F32","shape":[2],"data_offsets":[0,1e300]}"#,
      // Shapes: negative, overflowing, not what the bytes hold.
      #"{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}"#,
      #"{"dtype":"F32","shape":[-1,-2],"data_offsets":[0,8]}"#,
      #"{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}"#,
      #"{"dtype":"F32","shape":[4294967296,4294967296,2],"data_offsets":[0,8]}"#,
      #"{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}"#,
      #"{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,8]}"#,
      #"{"dtype":"F32","shape":[3],"data_offsets":[0,8]}"#,
      #"{"dtype":"F32","shape":[0],"data_offsets":[0,8]}"#,
      #"{"dtype":"U8","shape":[2],"data_offsets":[0,8]}"#,
      // Offsets: out of range, reversed, negative, overflowing.
      #"{"dtype":"F32","shape":[2],"data_offsets":[4,12]}"#,
      #"{"dtype":"F32","shape":[2],"data_offsets":[8,0]}"#,
      #"{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}"#,
      #"{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775800,9223372036854775808]}"#,
      #"{"dtype":"F32","shape":[2],"data_offsets":[9223372036854775799,9223372036854775807]}"#,
      // Types that are not read.
      #"{"dtype":"F16","shape":[4],"data_offsets":[0,8]}"#,
      #"{"dtype":"f32","shape":[2],"data_offsets":[0,8]}"#,
    ])
  func entry(_ entry: String) throws {
    let reason = try refusal(
      of: SafetensorsBytes.file(
        header: "{\"the.name\":\(entry)}", body: .init(repeating: 0, count: 8)))
    #expect(reason.contains("the.name"))
  }

  @Test("tensors that share bytes are refused")
  func sharedBytes() throws {
    let entry = #"{"dtype":"U8","shape":[8],"data_offsets":[0,8]}"#
    let reason = try refusal(
      of: SafetensorsBytes.file(
        header: #"{"a":\#(entry),"b":\#(entry)}"#, body: .init(repeating: 0, count: 8)))
    #expect(reason.contains("share"))
  }

  @Test("a type that is not supported is named")
  func type() throws {
    let reason = try refusal(
      of: SafetensorsBytes.file(
        header: #"{"x":{"dtype":"BF16","shape":[1],"data_offsets":[0,2]}}"#, body: [0, 0]))
    #expect(reason.contains("BF16"))
  }

  @Test("bytes changed at random are refused or give tensors that are whole")
  func corruption() throws {
    let seed = SeededRandom.printedSeed()
    var random = SeededRandom(seed: seed)
    let original = try Self.small()
    for _ in 0..<4000 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        bytes[place] = UInt8.random(in: 0...255, using: &random)
      }
      do {
        for tensor in try Safetensors(bytes: bytes, path: "random").tensors.values {
          let count = tensor.shape.reduce(1, *)
          #expect(tensor.bytes.count == count * tensor.type.size, "seed \(seed)")
          if tensor.type == .float32 { #expect(tensor.floats?.count == count, "seed \(seed)") }
        }
      } catch let error as FileError {
        #expect(error.exitCode == .badDataFile, "seed \(seed)")
      }
    }
  }
}
