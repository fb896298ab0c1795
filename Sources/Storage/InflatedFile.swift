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
      throw FileError.damaged(path: path, offset: 0, reason: "not a gzip file")
    }
  }

  deinit { gzclose_r(file) }

  /// The next `count` bytes.
  /// - Throws: `FileError.damaged` where the file ends before, or its checksum is wrong.
  public func read(_ count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let piece = bytes.withUnsafeMutableBytes { raw in
        gzread(file, raw.baseAddress.map { $0 + filled }, UInt32(min(count - filled, 1 << 30)))
      }
      guard piece > 0 else {
        throw FileError.damaged(path: path, offset: offset + filled, reason: reason(count - filled))
      }
      filled += Int(piece)
    }
    offset += count
    return bytes
  }

  /// Requires that nothing follows what was read.
  /// - Throws: `FileError.damaged`.
  public func requireEnd() throws {
    var byte: UInt8 = 0
    switch gzread(file, &byte, 1) {
    case 0:
      var code: Int32 = 0
      _ = gzerror(file, &code)
      if code != Z_OK {
        throw FileError.damaged(path: path, offset: offset, reason: reason(0))
      }
    case 1:
      throw FileError.damaged(
        path: path, offset: offset, reason: "more bytes follow than its header announces")
    default:
      throw FileError.damaged(path: path, offset: offset, reason: reason(0))
    }
  }

  private func reason(_ missing: Int) -> String {
    var code: Int32 = 0
    let words = gzerror(file, &code).map { String(cString: $0) } ?? ""
    switch code {
    case Z_OK: return "the file ends, \(missing) bytes are missing"
    case Z_BUF_ERROR: return "the gzip stream ends early, \(missing) bytes are missing"
    default: return "inflating failed: \(words.replacing("\(path): ", with: ""))"
    }
  }
}
