import CZlib
import Foundation

/// A file read from front to back, inflated on the way if it is gzip, as one whose name ends in
/// `.gz` must be.
package final class InflatedFile {
  /// Where it lies.
  package let path: String
  /// Bytes of its content; nil where it is compressed and they are not known before they are
  /// inflated.
  package let size: Int?
  /// More bytes than its content can have.
  private let bound: Int
  private let file: gzFile
  private var offset = 0

  /// Deflate makes no more out of a byte (zlib's technical details).
  private static let mostPerByte = 1032

  /// Opens the file at `path`.
  /// - Throws: `FileError`; a `.gz` that is not gzip is damaged.
  package init(_ path: String) throws {
    self.path = path
    let source = try ReadableFile(path)
    let descriptor = try check("dup", path) { dup(source.descriptor) }
    guard let file = gzdopen(descriptor, "rb") else {
      close(descriptor)
      throw FileError.system(path: path, call: "gzdopen", code: ENOMEM)
    }
    self.file = file
    gzbuffer(file, 1 << 17)
    let isPlain = gzdirect(file) == 1
    size = isPlain ? source.size : nil
    bound = size ?? min(source.size, 1 << 40) * Self.mostPerByte
    if path.hasSuffix(".gz"), isPlain {
      var code: Int32 = 0
      _ = gzerror(file, &code)
      guard code == Z_OK else { throw error(at: 0) }
      throw FileError.damaged(path: path, offset: 0, reason: "not a gzip file")
    }
  }

  deinit { gzclose_r(file) }

  /// The next `count` bytes.
  /// - Throws: `FileError`, damaged where the file ends before, or its checksum is wrong.
  package func read(_ count: Int) throws -> [UInt8] {
    if let size, count > size - offset {
      throw FileError.damaged(
        path: path, offset: size,
        reason: "the file ends, \(count - (size - offset)) bytes are missing")
    }
    var bytes: [UInt8] = []
    // A damaged header's count takes no more memory than the file can fill.
    bytes.reserveCapacity(min(count, bound, 1 << 28))
    while bytes.count < count {
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

  /// Bytes of the content from front to end, which are inflated for that and thrown away; whatever
  /// comes after `most` of them is not looked at. Reading begins at the front again.
  /// - Throws: `FileError`, damaged where inflating fails.
  package func measure(most: Int) throws -> Int {
    if let size { return size }
    var (bytes, count) = ([UInt8](repeating: 0, count: 1 << 17), 0)
    while count <= most {
      let piece = gzread(file, &bytes, UInt32(bytes.count))
      if piece == 0, hasEnded { break }
      guard piece > 0 else { throw error(at: count) }
      count += Int(piece)
    }
    gzrewind(file)
    offset = 0
    return count
  }

  /// Whether nothing follows what was read.
  private func isAtEnd() throws -> Bool {
    var byte: UInt8 = 0
    switch gzread(file, &byte, 1) {
    case 0 where hasEnded: return true
    case 1:
      gzungetc(Int32(byte), file)
      return false
    default: throw error(at: offset)
    }
  }

  /// Whether a call that read nothing met the end, and no damage.
  private var hasEnded: Bool {
    var code: Int32 = 0
    _ = gzerror(file, &code)
    return code == Z_OK
  }

  /// Requires that nothing follows what was read.
  /// - Throws: `FileError.damaged`.
  package func requireEnd() throws {
    guard try isAtEnd() else {
      throw FileError.damaged(
        path: path, offset: offset, reason: "more bytes follow than its header announces")
    }
  }

  /// Why the last call did not read what it should have, the next `missing` bytes.
  private func error(at offset: Int, missing: Int? = nil) -> FileError {
    let systemCode = errno
    var code: Int32 = 0
    let words = gzerror(file, &code).map { String(cString: $0) } ?? ""
    let lack = missing.map { ", \($0) bytes are missing" } ?? ""
    let reason: String
    switch code {
    case Z_ERRNO: return .system(path: path, call: "gzread", code: systemCode)
    case Z_OK: reason = "the file ends\(lack)"
    case Z_BUF_ERROR: reason = "the gzip stream ends early\(lack)"
    default: reason = "inflating failed: \(words.replacing("\(path): ", with: ""))"
    }
    return .damaged(path: path, offset: offset, reason: reason)
  }
}
