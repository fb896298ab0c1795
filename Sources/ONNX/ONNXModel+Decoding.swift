import Storage

/// Reads the messages of `onnx.proto3`: fields that networks have no use for are passed over.
extension ONNXModel {
  /// The model that a file holds; `path` names it in errors.
  /// - Throws: `FileError.damaged`.
  package init(_ bytes: [UInt8], path: String) throws {
    self.init()
    (irVersion, opset, producer) = (0, 0, "")
    try ProtocolBuffer.forEachField(bytes[...], path) { field, value in
      switch (field, value) {
      case (1, .varint(let version)): irVersion = Int(truncatingIfNeeded: version)
      case (2, .bytes(let text)): producer = String(decoding: text, as: UTF8.self)
      case (7, .bytes(let graph)): try read(graph: graph, path)
      case (8, .bytes(let version)): try read(version: version, path)
      case (14, .bytes(let entry)):
        let (key, text) = try Self.entry(entry, path)
        metadata[key] = text
      default: break
      }
    }
    guard !nodes.isEmpty else {
      throw FileError.damaged(path: path, offset: nil, reason: "is no ONNX model: it has no graph")
    }
  }

  private mutating func read(version: ArraySlice<UInt8>, _ path: String) throws {
    var (domain, number) = ("", 0)
    try ProtocolBuffer.forEachField(version, path) { field, value in
      switch (field, value) {
      case (1, .bytes(let text)): domain = String(decoding: text, as: UTF8.self)
      case (2, .varint(let version)): number = Int(truncatingIfNeeded: version)
      default: break
      }
    }
    if domain.isEmpty || domain == "ai.onnx" { opset = number }
  }

  private static func entry(
    _ bytes: ArraySlice<UInt8>, _ path: String
  ) throws -> (key: String, value: String) {
    var texts = ["", "", ""]
    try ProtocolBuffer.forEachField(bytes, path) { field, value in
      if case .bytes(let text) = value, field <= 2 {
        texts[field] = String(decoding: text, as: UTF8.self)
      }
    }
    return (texts[1], texts[2])
  }

  private mutating func read(graph: ArraySlice<UInt8>, _ path: String) throws {
    try ProtocolBuffer.forEachField(graph, path) { field, value in
      guard case .bytes(let message) = value else { return }
      switch field {
      case 1: nodes.append(try Node(message, path))
      case 5:
        let (name, tensor) = try Tensor.named(message, path)
        constants[name] = tensor
      case 11: input = try Value(message, path)
      case 12: output = try Value(message, path)
      default: break
      }
    }
  }
}

extension ONNXModel.Node {
  fileprivate init(_ bytes: ArraySlice<UInt8>, _ path: String) throws {
    self.init(name: "", operation: "", inputs: [], outputs: [])
    try ProtocolBuffer.forEachField(bytes, path) { field, value in
      guard case .bytes(let content) = value else { return }
      let text = String(decoding: content, as: UTF8.self)
      switch field {
      case 1: inputs.append(text)
      case 2: outputs.append(text)
      case 3: name = text
      case 4: operation = text
      case 5:
        let (name, setting) = try Self.attribute(content, path)
        attributes[name] = setting
      default: break
      }
    }
  }

  private static func attribute(
    _ bytes: ArraySlice<UInt8>, _ path: String
  ) throws -> (String, ONNXModel.Attribute) {
    var name = ""
    var (number, float, text): (Int, Float, String) = (0, 0, "")
    var (numbers, type): ([Int], UInt64) = ([], 0)
    try ProtocolBuffer.forEachField(bytes, path) { field, value in
      switch (field, value) {
      case (1, .bytes(let content)): name = String(decoding: content, as: UTF8.self)
      case (2, .fixed32(let bits)): float = Float(bitPattern: bits)
      case (3, .varint(let bits)): number = Int(truncatingIfNeeded: bits)
      case (4, .bytes(let content)): text = String(decoding: content, as: UTF8.self)
      case (8, _): numbers += try ProtocolBuffer.numbers(value, path)
      case (20, .varint(let code)): type = code
      default: break
      }
    }
    switch type {
    case 1: return (name, .float(float))
    case 2: return (name, .integer(number))
    case 3: return (name, .text(text))
    case 7: return (name, .integers(numbers))
    default:
      throw FileError.damaged(
        path: path, offset: bytes.startIndex,
        reason: "the attribute \(name) is of type \(type), which is not supported")
    }
  }
}

extension ONNXModel.Value {
  fileprivate init(_ bytes: ArraySlice<UInt8>, _ path: String) throws {
    self.init(name: "", shape: [])
    try ProtocolBuffer.forEachField(bytes, path) { field, value in
      guard case .bytes(let content) = value else { return }
      if field == 1 { name = String(decoding: content, as: UTF8.self) }
      if field == 2 { try readType(content, path) }
    }
  }

  /// A type has a tensor's type, that a shape, and that its axes.
  private mutating func readType(_ bytes: ArraySlice<UInt8>, _ path: String) throws {
    try ProtocolBuffer.forEachMessage(1, of: bytes, path) { tensor in
      try ProtocolBuffer.forEachMessage(2, of: tensor, path) { axes in
        try ProtocolBuffer.forEachMessage(1, of: axes, path) { axis in
          var size: Int?
          try ProtocolBuffer.forEachField(axis, path) { field, value in
            if case (1, .varint(let bits)) = (field, value) { size = Int(truncatingIfNeeded: bits) }
          }
          shape.append(size)
        }
      }
    }
  }
}

extension ONNXModel.Tensor {
  /// No tensor of a network comes near it.
  private static let mostElements = 1 << 31

  fileprivate static func named(
    _ bytes: ArraySlice<UInt8>, _ path: String
  ) throws -> (String, ONNXModel.Tensor) {
    var (name, shape, type): (String, [Int], UInt64) = ("", [], 0)
    var (raw, floats, integers): (ArraySlice<UInt8>?, [Float], [Int]) = (nil, [], [])
    try ProtocolBuffer.forEachField(bytes, path) { field, value in
      switch (field, value) {
      case (1, _): shape += try ProtocolBuffer.numbers(value, path)
      case (2, .varint(let code)): type = code
      case (4, .bytes(let content)):
        floats += content.words(UInt32.self).map(Float.init(bitPattern:))
      case (7, _): integers += try ProtocolBuffer.numbers(value, path)
      case (8, .bytes(let content)): name = String(decoding: content, as: UTF8.self)
      case (9, .bytes(let content)): raw = content
      default: break
      }
    }
    func damaged(_ reason: String) -> FileError {
      .damaged(path: path, offset: bytes.startIndex, reason: "the tensor \(name) \(reason)")
    }
    guard let count = Safetensors.product(shape), shape.allSatisfy({ $0 >= 0 }),
      count <= mostElements
    else { throw damaged("is of shape \(shape)") }
    switch type {
    case 1:
      let numbers = raw.map { $0.words(UInt32.self).map(Float.init(bitPattern:)) } ?? floats
      guard numbers.count == count else {
        throw damaged("has \(numbers.count) numbers of \(count)")
      }
      return (name, ONNXModel.Tensor(shape: shape, elements: .floats(numbers)))
    case 7:
      let numbers =
        raw.map { $0.words(UInt64.self).map { Int(Int64(bitPattern: $0)) } } ?? integers
      guard numbers.count == count else {
        throw damaged("has \(numbers.count) numbers of \(count)")
      }
      return (name, ONNXModel.Tensor(shape: shape, elements: .integers(numbers)))
    default: throw damaged("has elements of type \(type), which is not supported")
    }
  }
}

extension ProtocolBuffer {
  /// Calls `body` with each field of a message.
  fileprivate static func forEachField(
    _ bytes: ArraySlice<UInt8>, _ path: String, _ body: (Int, Value) throws -> Void
  ) throws {
    var reader = Reader(bytes, path: path)
    while let (field, value) = try reader.next() { try body(field, value) }
  }

  /// Calls `body` with each message that is field `wanted`.
  fileprivate static func forEachMessage(
    _ wanted: Int, of bytes: ArraySlice<UInt8>, _ path: String,
    _ body: (ArraySlice<UInt8>) throws -> Void
  ) throws {
    try forEachField(bytes, path) { field, value in
      if case .bytes(let message) = value, field == wanted { try body(message) }
    }
  }

  /// The numbers of a repeated field: packed, or one.
  fileprivate static func numbers(_ value: Value, _ path: String) throws -> [Int] {
    switch value {
    case .varint(let bits): return [Int(Int64(bitPattern: bits))]
    case .bytes(let packed):
      var reader = Reader(packed, path: path)
      return try reader.packedNumbers()
    case .fixed32, .fixed64: return []
    }
  }
}

extension ArraySlice<UInt8> {
  /// The little-endian words that it consists of.
  fileprivate func words<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type) -> [Word] {
    withUnsafeBytes { raw in
      stride(
        from: 0, to: raw.count - raw.count % MemoryLayout<Word>.size,
        by: MemoryLayout<Word>.size
      ).map { Word(littleEndian: raw.loadUnaligned(fromByteOffset: $0, as: Word.self)) }
    }
  }
}
