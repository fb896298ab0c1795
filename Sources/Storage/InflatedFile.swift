import CZlib
import Foundation

/// A file read from front to back, inflated on the way if its name ends in `.gz`.
public final class InflatedFile {
  /// Where it lies.
  public let path: String
  private let file: gzFile
  private var offset = 0

  /// Opens the file at `path`.
  /// - Throws: `FileError`; a `.gz` that is not gzip is damaged.
  public init(_ path: String) throws {
    self.path = path
    errno = 0
    guard let file = gzopen(path, "rb") else {
      throw FileError.system(path: path, call: "gzopen", code: errno == 0 ? ENOMEM : errno)
    }
    self.file = file
    gzbuffer(file, 1 << 17)
    if path.hasSuffix(".gz"), gzdirect(file) == 1 {
      var code: Int32 = 0
      _ = gzerror(file, &code)
      guard code == Z_OK else { throw error(at: 0, missing: 0) }
      throw FileError.damaged(path: path, offset: 0, reason: "not a gzip file")
    }
  }

  deinit { gzclose_r(file) }

  /// The next `count` bytes.
  /// - Throws: `FileError`, damaged where the file ends before, or its checksum is wrong.
  public func read(_ count: Int) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < count {
      // In pieces, so that a damaged header's count takes no more memory than the file can fill.
      let filled = bytes.count
      let wanted = min(count - filled, 1 << 24)
      bytes.append(contentsOf: repeatElement(0, count: wanted))
      let piece = bytes.withUnsafeMutableBytes { raw in
        gzread(file, raw.baseAddress.map { $0 + filled }, UInt32(wanted))
      }
      guard piece > 0 else { throw error(at: offset + filled, missing: count - filled) }
      bytes.removeLast(wanted - Int(piece))
    }
    offset += count
    return bytes
  }

  /// Whether nothing follows what was read.
  /// - Throws: `FileError`, damaged where inflating fails.
  public func isAtEnd() throws -> Bool {
    var byte: UInt8 = 0
    switch gzread(file, &byte, 1) {
    case 0:
      var code: Int32 = 0
      _ = gzerror(file, &code)
      guard code == Z_OK else { throw error(at: offset, missing: 0) }
      return true
    case 1:
      gzungetc(Int32(byte), file)
      return false
    default: throw error(at: offset, missing: 0)
    }
  }

  /// Requires that nothing follows what was read.
  /// - Throws: `FileError.damaged`.
  public func requireEnd() throws {
    guard try isAtEnd() else {
      throw FileError.damaged(
        path: path, offset: offset, reason: "more bytes follow than its header announces")
    }
  }

  /// Why the last call did not read what it should have.
  private func error(at offset: Int, missing: Int) -> FileError {
    let systemCode = errno
    var code: Int32 = 0
    let words = gzerror(file, &code).map { String(cString: $0) } ?? ""
    let reason: String
    switch code {
    case Z_ERRNO: return .system(path: path, call: "gzread", code: systemCode)
    case Z_OK: reason = "the file ends, \(missing) bytes are missing"
    case Z_BUF_ERROR: reason = "the gzip stream ends early, \(missing) bytes are missing"
    default: reason = "inflating failed: \(words.replacing("\(path): ", with: ""))"
    }
    return .damaged(path: path, offset: offset, reason: reason)
  }
}
