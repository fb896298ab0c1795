import Foundation

/// A safetensors file that knows when it is damaged.
///
/// Two tensors end it: `seal.pieces`, the SHA-256 of each piece (4 MiB, or what is left of a
/// tensor) of the other tensors in the order of their names, and `seal`, the SHA-256 of the file's
/// header and of `seal.pieces`. No byte lies outside, and several processes can hash and write
/// pieces at once.
package struct SealedFile {
  private static let pieceSize = 4 << 20
  private static let piecesName = "seal.pieces"
  private static let sealName = "seal"

  private let head: Data
  private let pieces: [ArraySlice<UInt8>]

  /// What `file` comes to.
  /// - Throws: what encoding the header throws.
  package init(_ file: Safetensors) throws {
    pieces = Self.pieces(of: file)
    var sealed = file
    sealed.tensors[Self.piecesName] = Safetensors.Tensor(
      [UInt8](repeating: 0, count: 32 * pieces.count), shape: [pieces.count, 32])
    sealed.tensors[Self.sealName] = Safetensors.Tensor(
      [UInt8](repeating: 0, count: 32), shape: [32])
    head = try sealed.head(order: file.tensors.keys.sorted() + [Self.piecesName, Self.sealName])
  }

  /// How many pieces there are, which can be written one by one.
  package var count: Int { pieces.count }

  /// Bytes of all pieces.
  package var bytes: Int { pieces.reduce(0) { $0 + $1.count } }

  /// Writes some pieces to their places in `file`.
  /// - Returns: their hashes, 32 bytes each.
  /// - Throws: `FileError.system`; what hashing throws.
  package func write(_ run: Range<Int>, to file: OutputFile) throws -> [UInt8] {
    var place = head.count + pieces[..<run.lowerBound].reduce(0) { $0 + $1.count }
    for piece in pieces[run] {
      try file.write(piece, at: place)
      place += piece.count
    }
    return try run.flatMap { try Self.hash(pieces[$0]) }
  }

  /// Writes the header and the seal to their places in `file`.
  ///
  /// - Parameter hashes: those of all pieces.
  /// - Throws: `FileError.system`; what hashing throws.
  package func seal(_ hashes: [UInt8], to file: OutputFile) throws {
    try file.write(head, at: 0)
    try file.write(
      hashes + (try Self.seal(head, hashes)),
      at: head.count + bytes)
  }

  /// The whole file.
  /// - Throws: what hashing throws.
  package func encoded() throws -> Data {
    var data = head
    for piece in pieces { data.append(contentsOf: piece) }
    let hashes = try pieces.flatMap(Self.hash)
    return data + hashes + (try Self.seal(head, hashes))
  }

  private static func pieces(of file: Safetensors) -> [ArraySlice<UInt8>] {
    file.tensors.sorted { $0.key < $1.key }.flatMap { _, tensor in
      stride(from: 0, to: tensor.bytes.count, by: pieceSize).map {
        tensor.bytes[$0..<min($0 + pieceSize, tensor.bytes.count)]
      }
    }
  }

  private static func hash(_ piece: ArraySlice<UInt8>) throws -> [UInt8] {
    let hash = try SHA256Hash()
    try piece.withUnsafeBytes(hash.update)
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
  package static func open(_ data: Data, path: String) throws -> Safetensors {
    func damaged(_ reason: String) -> FileError {
      .damaged(path: path, offset: nil, reason: reason)
    }
    var file = try Safetensors(bytes: [UInt8](data), path: path)
    guard let hashes = file.tensors.removeValue(forKey: piecesName)?.bytes,
      let seal = file.tensors.removeValue(forKey: sealName)?.bytes
    else { throw damaged("has no seal") }
    let pieces = pieces(of: file)
    let head = data.count - pieces.reduce(0) { $0 + $1.count } - hashes.count - seal.count
    guard hashes.count == 32 * pieces.count, head >= 8 else {
      throw damaged("has bytes that belong to no tensor")
    }
    guard try Self.seal(data.prefix(head), hashes) == seal else {
      throw damaged("its header or its hashes are not as they were written")
    }
    for (index, piece) in pieces.enumerated() {
      guard try hash(piece)[...] == hashes[32 * index..<32 * (index + 1)] else {
        throw damaged("its tensors are not as they were written (piece \(index))")
      }
    }
    return file
  }
}
