import Foundation

/// The wire format of protocol buffers: fields of a number and a value, one after the other.
/// (Google: "Protocol Buffers: Encoding".)
package enum ProtocolBuffer {
  /// A value as it lies in a message; what it means is the message's affair.
  package enum Value: Sendable, Equatable {
    /// Wire type 0.
    case varint(UInt64)
    /// Wire types 1 and 5.
    case fixed64(UInt64)
    case fixed32(UInt32)
    /// Wire type 2: text, bytes, a message, or packed numbers.
    case bytes(ArraySlice<UInt8>)
  }

  /// A message being written.
  package struct Writer: Sendable {
    /// What has been written.
    package private(set) var bytes: [UInt8] = []

    /// An empty message.
    package init() {}

    /// Writes a number.
    package mutating func write(_ field: Int, _ number: Int) {
      tag(field, 0)
      varint(UInt64(bitPattern: Int64(number)))
    }

    /// Writes a float32.
    package mutating func write(_ field: Int, _ number: Float) {
      tag(field, 5)
      append(number.bitPattern.littleEndian)
    }

    /// Writes a float64.
    package mutating func write(_ field: Int, _ number: Double) {
      tag(field, 1)
      append(number.bitPattern.littleEndian)
    }

    /// Writes a text.
    package mutating func write(_ field: Int, _ text: String) { write(field, Array(text.utf8)) }

    /// Writes bytes.
    package mutating func write(_ field: Int, _ content: [UInt8]) {
      tag(field, 2)
      varint(UInt64(content.count))
      bytes += content
    }

    /// Writes a message that `fill` fills.
    package mutating func write(_ field: Int, _ fill: (inout Writer) -> Void) {
      var message = Writer()
      fill(&message)
      write(field, message.bytes)
    }

    /// Writes numbers packed together.
    package mutating func write(_ field: Int, packed numbers: [Int]) {
      var packed = Writer()
      for number in numbers { packed.varint(UInt64(bitPattern: Int64(number))) }
      write(field, packed.bytes)
    }

    /// Writes float64 packed together.
    package mutating func write(_ field: Int, packed numbers: [Double]) {
      write(field, numbers.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) })
    }

    private mutating func tag(_ field: Int, _ wireType: UInt64) {
      precondition((1..<1 << 29).contains(field), "a field of number \(field)")
      varint(UInt64(field) << 3 | wireType)
    }

    private mutating func varint(_ number: UInt64) {
      var rest = number
      while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      bytes.append(UInt8(rest))
    }

    private mutating func append(_ word: some FixedWidthInteger) {
      withUnsafeBytes(of: word) { bytes.append(contentsOf: $0) }
    }
  }

  /// A message being read, field by field.
  package struct Reader: Sendable {
    private var rest: ArraySlice<UInt8>
    private let path: String

    /// The message that `bytes` are; `path` names its file in errors.
    package init(_ bytes: ArraySlice<UInt8>, path: String) { (rest, self.path) = (bytes, path) }

    /// The next field; nil at the end.
    /// - Throws: `FileError.damaged` with the place in the file.
    package mutating func next() throws -> (field: Int, value: Value)? {
      guard !rest.isEmpty else { return nil }
      let place = rest.startIndex
      let tag = try varint()
      let field = tag >> 3
      guard (1..<1 << 29).contains(field) else {
        throw damaged(place, "a field of number \(field)")
      }
      switch tag & 7 {
      case 0: return (Int(field), .varint(try varint()))
      case 1: return (Int(field), .fixed64(try word(UInt64.self)))
      case 2:
        let count = try varint()
        guard count <= UInt64(rest.count) else {
          throw damaged(place, "a field of \(count) bytes where \(rest.count) are left")
        }
        defer { rest = rest.dropFirst(Int(count)) }
        return (Int(field), .bytes(rest.prefix(Int(count))))
      case 5: return (Int(field), .fixed32(try word(UInt32.self)))
      default: throw damaged(place, "a field of wire type \(tag & 7)")
      }
    }

    /// The numbers that are packed in the rest of it.
    /// - Throws: `FileError.damaged` with the place in the file.
    package mutating func packedNumbers() throws -> [Int] {
      var numbers: [Int] = []
      while !rest.isEmpty { numbers.append(Int(Int64(bitPattern: try varint()))) }
      return numbers
    }

    private mutating func varint() throws -> UInt64 {
      let place = rest.startIndex
      var (number, shift): (UInt64, UInt64) = (0, 0)
      while let byte = rest.popFirst() {
        guard shift < 63 || byte <= 1 else { break }
        number |= UInt64(byte & 0x7F) << shift
        if byte < 0x80 { return number }
        shift += 7
      }
      throw damaged(place, "a number that does not end")
    }

    private mutating func word<Word: FixedWidthInteger>(_: Word.Type) throws -> Word {
      let size = MemoryLayout<Word>.size
      guard rest.count >= size else {
        throw damaged(rest.startIndex, "\(rest.count) bytes of a number of \(size)")
      }
      defer { rest = rest.dropFirst(size) }
      return rest.prefix(size).reversed().reduce(0) { $0 << 8 | Word($1) }
    }

    private func damaged(_ place: Int, _ reason: String) -> FileError {
      .damaged(path: path, offset: place, reason: reason)
    }
  }
}
