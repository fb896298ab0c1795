import CCrypto

/// A call of libcrypto that did not succeed.
package struct CryptoError: Error, CustomStringConvertible {
  /// The function called.
  package let call: String
  /// What it returned.
  package let code: Int32
  /// Call and code.
  package var description: String { "\(call) returned \(code)" }
}

/// SHA-256 (FIPS 180-4), fed piece by piece.
package final class SHA256Hash {
  private let context: OpaquePointer

  /// A hash of nothing yet.
  /// - Throws: `CryptoError`.
  package init() throws {
    guard let context = EVP_MD_CTX_new() else { throw CryptoError(call: "EVP_MD_CTX_new", code: 0) }
    self.context = context
    try check(EVP_DigestInit_ex(context, EVP_sha256(), nil), call: "EVP_DigestInit_ex")
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Hashes `bytes` after what has come before.
  /// - Throws: `CryptoError`.
  package func update(_ bytes: UnsafeRawBufferPointer) throws {
    try check(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count), call: "EVP_DigestUpdate")
  }

  /// Hashes `bytes` after what has come before.
  /// - Throws: `CryptoError`.
  package func update(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes(update) }

  /// The hash's 32 bytes; nothing may be added afterwards.
  /// - Throws: `CryptoError`.
  package func digest() throws -> [UInt8] {
    var digest = [UInt8](repeating: 0, count: 32)
    try check(EVP_DigestFinal_ex(context, &digest, nil), call: "EVP_DigestFinal_ex")
    return digest
  }

  /// The hash as 64 hexadecimal digits; nothing may be added afterwards.
  /// - Throws: `CryptoError`.
  package func hexadecimal() throws -> String {
    try digest().map { byte in
      String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }.joined()
  }

  /// The hash of `bytes` as 64 hexadecimal digits.
  /// - Throws: `CryptoError`.
  package static func of(_ bytes: [UInt8]) throws -> String {
    let hash = try SHA256Hash()
    try hash.update(bytes)
    return try hash.hexadecimal()
  }

  private func check(_ code: Int32, call: String) throws {
    guard code == 1 else { throw CryptoError(call: call, code: code) }
  }
}
