import Foundation

/// A safetensors file that knows when it is damaged.
///
/// Two tensors end it: `seal.chunks`, the SHA-256 of each 4 MiB of the other tensors' bytes, and
/// `seal`, the SHA-256 of the file's header and of `seal.chunks`. No byte lies outside, and chunks can
/// be hashed and written by several processes at once.
public struct SealedFile {
  private static let chunkSize = 4 << 20
  private static let chunksName = "seal.chunks"
  private static let sealName = "seal"

  private let head: Data
  private let body: Data

  /// What `file` comes to.
  /// - Throws: what encoding the header throws.
  public init(_ file: Safetensors) throws {
    body = file.body
    var sealed = file
    sealed.tensors[Self.chunksName] = Safetensors.Tensor(
      [UInt8](repeating: 0, count: 32 * Self.chunks(body.count)),
      shape: [Self.chunks(body.count), 32])
    sealed.tensors[Self.sealName] = Safetensors.Tensor(
      [UInt8](repeating: 0, count: 32), shape: [32])
    head = try sealed.head(order: file.tensors.keys.sorted() + [Self.chunksName, Self.sealName])
  }

  /// Writes it to `file`.
  /// - Throws: `FileError.system`; what hashing throws.
  public func write(to file: OutputFile) throws {
    let hashes = try hashes()
    try file.write(head)
    try file.write(body)
    try file.write(hashes + (try Self.seal(head, hashes)))
  }

  /// The whole file.
  /// - Throws: what hashing throws.
  public func encoded() throws -> Data {
    let hashes = try hashes()
    return head + body + hashes + (try Self.seal(head, hashes))
  }

  private func hashes() throws -> [UInt8] {
    try (0..<Self.chunks(body.count)).flatMap { try Self.hash(of: body, chunk: $0) }
  }

  private static func chunks(_ count: Int) -> Int { (count + chunkSize - 1) / chunkSize }

  private static func hash(of body: Data, chunk: Int) throws -> [UInt8] {
    let hash = try SHA256Hash()
    let start = body.startIndex + chunk * chunkSize
    try body[start..<min(start + chunkSize, body.endIndex)].withUnsafeBytes(hash.update)
    return try hash.digest()
  }

  private static func seal(_ head: Data, _ hashes: [UInt8]) throws -> [UInt8] {
    let hash = try SHA256Hash()
    try head.withUnsafeBytes(hash.update)
    try hash.update(hashes)
    return try hash.digest()
  }
}

extension SealedFile {
  /// The tensors of the sealed file `data`, without the seal; `path` names it in errors.
  /// - Throws: `FileError.damaged` where a byte is not as it was written.
  public static func open(_ data: Data, path: String) throws -> Safetensors {
    func damaged(_ offset: Int?, _ reason: String) -> FileError {
      .damaged(path: path, offset: offset, reason: reason)
    }
    var file = try Safetensors(bytes: [UInt8](data), path: path)
    guard let chunks = file.tensors.removeValue(forKey: chunksName)?.bytes,
      let seal = file.tensors.removeValue(forKey: sealName)?.bytes
    else { throw damaged(nil, "is not sealed: it was not written as a checkpoint") }
    let length = file.tensors.values.reduce(0) { $0 + $1.bytes.count }
    let head = data.count - length - chunks.count - seal.count
    guard chunks.count == 32 * self.chunks(length), head >= 8 else {
      throw damaged(nil, "has bytes that belong to no tensor")
    }
    guard try Self.seal(data.prefix(head), chunks) == seal else {
      throw damaged(0, "its header or its hashes are not as they were written")
    }
    let body = data.dropFirst(head).prefix(length)
    for chunk in 0..<self.chunks(length) {
      guard try hash(of: body, chunk: chunk)[...] == chunks[32 * chunk..<32 * (chunk + 1)] else {
        throw damaged(head + chunk * chunkSize, "the next 4 MiB are not as they were written")
      }
    }
    return file
  }
}
