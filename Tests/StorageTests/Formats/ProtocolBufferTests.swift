import Storage
import TestSupport
import Testing

@Suite struct ProtocolBufferTests {
  /// A field, and what was written for it.
  private enum Field: Equatable {
    case number(Int), float(Float), double(Double), bytes([UInt8]), packed([Int])
  }

  private static func random(using random: inout SeededRandom) -> Field {
    func number() -> Int {
      Int(truncatingIfNeeded: random.next() >> UInt64.random(in: 0..<64, using: &random))
        * (Bool.random(using: &random) ? 1 : -1)
    }
    switch Int.random(in: 0..<5, using: &random) {
    case 0: return .number(number())
    case 1: return .float(.random(in: -9...9, using: &random))
    case 2: return .double(.random(in: -9...9, using: &random))
    case 3:
      return .bytes(
        (0..<Int.random(in: 0..<300, using: &random)).map { UInt8(truncatingIfNeeded: $0) })
    default: return .packed((0..<Int.random(in: 0..<5, using: &random)).map { _ in number() })
    }
  }

  @Test("What is written is read")
  func roundTrip() throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<100 {
      let fields = (0..<Int.random(in: 0..<9, using: &random)).map { _ in
        (Int.random(in: 1..<1 << 29, using: &random), Self.random(using: &random))
      }
      var writer = ProtocolBuffer.Writer()
      for (number, field) in fields {
        switch field {
        case .number(let value): writer.write(number, value)
        case .float(let value): writer.write(number, value)
        case .double(let value): writer.write(number, value)
        case .bytes(let value): writer.write(number, value)
        case .packed(let value): writer.write(number, packed: value)
        }
      }
      var reader = ProtocolBuffer.Reader(writer.bytes[...], path: "message")
      for (number, field) in fields {
        let (found, value) = try #require(try reader.next())
        #expect(found == number)
        switch (field, value) {
        case (.number(let written), .varint(let read)):
          #expect(Int(Int64(bitPattern: read)) == written)
        case (.float(let written), .fixed32(let read)): #expect(Float(bitPattern: read) == written)
        case (.double(let written), .fixed64(let read)):
          #expect(Double(bitPattern: read) == written)
        case (.bytes(let written), .bytes(let read)): #expect(Array(read) == written)
        case (.packed(let written), .bytes(let read)):
          var packed = ProtocolBuffer.Reader(read, path: "message")
          #expect(try packed.packedNumbers() == written)
        default: Issue.record("\(field) was read as \(value)")
        }
      }
      #expect(try reader.next() == nil)
    }
  }

  @Test("The bytes are those of the format's documentation")
  func documentation() {
    var writer = ProtocolBuffer.Writer()
    writer.write(1, 150)
    writer.write(2, "testing")
    writer.write(3) { $0.write(1, 150) }
    writer.write(6, packed: [3, 270, 86_942])
    #expect(
      writer.bytes == [0x08, 0x96, 0x01, 0x12, 0x07] + Array("testing".utf8)
        + [0x1A, 0x03, 0x08, 0x96, 0x01, 0x32, 0x06, 0x03, 0x8E, 0x02, 0x9E, 0xA7, 0x05])
  }

  @Test(
    "What is no message is damage, at its place",
    arguments: [
      [0x08], [0x08, 0x80], [0x00, 0x01], [0x0B, 0x01], [0x12, 0x05, 0x01], [0x0D, 1, 2, 3],
      [0x09, 1, 2, 3, 4, 5, 6, 7], [UInt8](repeating: 0xFF, count: 11),
      [0x08, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x02],
      [0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
    ] as [[UInt8]])
  func damage(bytes: [UInt8]) {
    var reader = ProtocolBuffer.Reader(bytes[...], path: "message")
    let error = #expect(throws: FileError.self) { while try reader.next() != nil {} }
    #expect(error?.exitCode == .badDataFile)
  }
}
