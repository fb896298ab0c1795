import Foundation
import Tensors

/// Named tensors and metadata in the safetensors format: eight bytes of header length, a JSON
/// header, then the numbers, little-endian.
package struct Safetensors: Sendable {
  /// The element types that are read and written.
  package enum ElementType: String, Sendable {
    case float32 = "F32"
    case int32 = "I32"
    case int64 = "I64"
    case uint8 = "U8"

    /// Bytes of an element.
    package var size: Int {
      switch self {
      case .float32, .int32: 4
      case .int64: 8
      case .uint8: 1
      }
    }
  }

  /// One tensor: type, shape (outermost axis first) and little-endian bytes.
  package struct Tensor: Sendable {
    /// What an element is.
    package let type: ElementType
    /// Extent of each axis.
    package let shape: [Int]
    /// The elements in row-major order.
    package let bytes: [UInt8]

    /// A tensor of float32.
    package init(_ values: some Collection<Float>, shape: [Int]) {
      precondition(values.count == shape.reduce(1, *), "\(values.count) numbers of shape \(shape)")
      self.type = .float32
      self.shape = shape
      self.bytes = [UInt8](littleEndian: Array(values))
    }

    /// A tensor of the float32 of a buffer, in one copy.
    package init(_ buffer: FloatBuffer, shape: [Int]) {
      precondition(
        buffer.count == shape.reduce(1, *), "\(buffer.count) numbers of shape \(shape)")
      self.type = .float32
      self.shape = shape
      self.bytes = buffer.bytes
    }

    /// A tensor of int32 along one axis.
    package init(indices: [Int32]) {
      self.init(
        type: .int32, shape: [indices.count], bytes: [UInt8](littleEndian: indices))
    }

    /// A tensor of bytes.
    package init(_ values: [UInt8], shape: [Int]) {
      precondition(values.count == shape.reduce(1, *), "\(values.count) bytes of shape \(shape)")
      self.init(type: .uint8, shape: shape, bytes: values)
    }

    init(type: ElementType, shape: [Int], bytes: [UInt8]) {
      self.type = type
      self.shape = shape
      self.bytes = bytes
    }

    /// The numbers of a float32 tensor; nil for another type.
    package var floats: [Float]? {
      type == .float32 ? load(UInt32.self).map { Float(bitPattern: UInt32(littleEndian: $0)) } : nil
    }

    /// The numbers of an int32 or int64 tensor; nil for another type.
    package var integers: [Int64]? {
      switch type {
      case .int64: load(Int64.self).map { Int64(littleEndian: $0) }
      case .int32: load(Int32.self).map { Int64(Int32(littleEndian: $0)) }
      case .float32, .uint8: nil
      }
    }

    private func load<Word: FixedWidthInteger & BitwiseCopyable>(_: Word.Type) -> [Word] {
      bytes.withUnsafeBytes { raw in
        stride(from: 0, to: raw.count, by: MemoryLayout<Word>.size).map {
          raw.loadUnaligned(fromByteOffset: $0, as: Word.self)
        }
      }
    }
  }

  /// Free text by key.
  package var metadata: [String: String]
  /// The tensors by name.
  package var tensors: [String: Tensor]

  /// A file of these tensors.
  package init(tensors: [String: Tensor] = [:], metadata: [String: String] = [:]) {
    self.tensors = tensors
    self.metadata = metadata
  }
}

extension Safetensors {
  /// The whole file, tensors in the order of their names.
  /// - Throws: what encoding the header throws.
  package func encoded() throws -> Data { try head(order: tensors.keys.sorted()) + body }

  /// Length and header of a file that holds the tensors in this order.
  func head(order: [String]) throws -> Data {
    var header: [String: Any] = metadata.isEmpty ? [:] : ["__metadata__": metadata]
    var offset = 0
    for name in order {
      guard let tensor = tensors[name] else { continue }
      header[name] =
        [
          "dtype": tensor.type.rawValue, "shape": tensor.shape,
          "data_offsets": [offset, offset + tensor.bytes.count],
        ] as [String: Any]
      offset += tensor.bytes.count
    }
    var json = try JSONSerialization.data(withJSONObject: header, options: [.sortedKeys])
    json.append(contentsOf: [UInt8](repeating: 0x20, count: (8 - json.count % 8) % 8))
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Data($0) } + json
  }

  /// The bytes of all tensors in the order of their names.
  var body: Data {
    var data = Data(capacity: tensors.values.reduce(0) { $0 + $1.bytes.count })
    for (_, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
      data.append(contentsOf: tensor.bytes)
    }
    return data
  }

  /// Reads the file at `path`.
  /// - Throws: `FileError`, damaged with the place where the format is broken.
  package init(path: String) throws { try self.init(bytes: Self.bytes(of: path), path: path) }

  /// The bytes of the file at `path`.
  /// - Throws: `FileError`.
  package static func bytes(of path: String) throws -> [UInt8] {
    try InputFile.bytes(of: path, most: mostBytes)
  }

  /// No network comes near it.
  private static let mostBytes = 1 << 36

  /// Reads `bytes`; `path` names them in errors.
  /// - Throws: `FileError.damaged`.
  package init(bytes: [UInt8], path: String) throws {
    func damaged(_ offset: Int?, _ reason: String) -> FileError {
      .damaged(path: path, offset: offset, reason: reason)
    }
    guard bytes.count >= 8 else {
      throw damaged(0, "is no safetensors file: it has \(bytes.count) bytes")
    }
    let length = bytes[0..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(bytes.count - 8) else {
      throw damaged(
        0, "is no safetensors file: a header of \(length) bytes in a file of \(bytes.count)")
    }
    guard length <= Self.mostOfHeader else {
      throw damaged(0, "has a header of \(length) bytes, and may have \(Self.mostOfHeader)")
    }
    let body = 8 + Int(length)
    guard
      let header = try? JSONSerialization.jsonObject(with: Data(bytes[8..<body])) as? [String: Any]
    else { throw damaged(8, "is no safetensors file: the header is not a JSON object") }
    self.init(metadata: header["__metadata__"] as? [String: String] ?? [:])
    var unclaimed = bytes.count - body
    for (name, entry) in header where name != "__metadata__" {
      guard let entry = entry as? [String: Any], let code = entry["dtype"] as? String,
        let shape = entry["shape"] as? [Int], let range = entry["data_offsets"] as? [Int],
        range.count == 2, shape.allSatisfy({ $0 >= 0 })
      else { throw damaged(8, "the header's entry of \(name) is incomplete") }
      guard let type = ElementType(rawValue: code) else {
        throw damaged(8, "\(name) has elements of type \(code), which is not supported")
      }
      guard let size = Self.product(shape + [type.size]), range[0] >= 0, range[1] >= range[0],
        range[1] <= bytes.count - body, range[1] - range[0] == size
      else { throw damaged(8, "\(name) of shape \(shape) does not fit its bytes \(range)") }
      // Tensors that shared bytes could take any amount of memory.
      unclaimed -= size
      guard unclaimed >= 0 else {
        throw damaged(8, "tensors share some of the \(bytes.count - body) bytes behind the header")
      }
      tensors[name] = Tensor(
        type: type, shape: shape, bytes: Array(bytes[body + range[0]..<body + range[1]]))
    }
  }

  /// Hundreds of times what networks need; as text it takes many times its bytes.
  private static let mostOfHeader = 1 << 22

  /// The product of `factors`; nil where it is too large for a number.
  package static func product(_ factors: [Int]) -> Int? {
    factors.reduce(Optional(1)) { product, factor in
      guard let (value, overflow) = product?.multipliedReportingOverflow(by: factor), !overflow
      else { return nil }
      return value
    }
  }
}
