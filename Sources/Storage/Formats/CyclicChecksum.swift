/// CRC-32C, the cyclic redundancy check of Castagnoli's polynomial (RFC 3720, appendix B.4).
package enum CyclicChecksum {
  /// The checksum of `bytes`.
  package static func of(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { checksum, byte in
      table[Int(UInt8(truncatingIfNeeded: checksum) ^ byte)] ^ checksum >> 8
    }
  }

  /// By the byte that leaves, what is left of it.
  private static let table = (UInt32(0)..<256).map { byte in
    (0..<8).reduce(byte) { rest, _ in rest & 1 == 1 ? rest >> 1 ^ 0x82F6_3B78 : rest >> 1 }
  }
}
