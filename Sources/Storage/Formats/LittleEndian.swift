extension [UInt8] {
  /// The bytes of `numbers`, least significant first.
  package init(littleEndian numbers: [Float]) {
    self = numbers.map { $0.bitPattern.littleEndian }.withUnsafeBytes(Array.init)
  }

  /// The bytes of `numbers`, least significant first.
  package init(littleEndian numbers: [Int32]) {
    self = numbers.map { $0.littleEndian }.withUnsafeBytes(Array.init)
  }
}
