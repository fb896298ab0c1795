/// Safetensors files put together by hand.
enum SafetensorsBytes {
  /// The length of `header`, `header` and `body`.
  static func file(header: String, body: [UInt8] = []) -> [UInt8] {
    length(UInt64(header.utf8.count)) + Array(header.utf8) + body
  }

  /// Eight bytes, little-endian.
  static func length(_ value: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
