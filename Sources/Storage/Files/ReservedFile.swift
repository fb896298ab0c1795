import Foundation

/// A file of a size that is known before, filled by several processes at once, which takes its name
/// when it is whole.
///
/// One process creates it under a temporary name, with its space reserved; the others open it, each
/// writes its part; then the first one publishes it. What is not published is gone with its
/// creator.
package final class ReservedFile {
  /// Its temporary name.
  package let path: String
  private let descriptor: Int32
  private var isTemporary: Bool
  private let remedy: String

  /// Creates `path`, which must not exist yet, and reserves `size` bytes.
  ///
  /// - Parameter remedy: what helps where that, or publishing it, is refused.
  /// - Throws: `FileError.system`, a full disk among them.
  package init(creating path: String, size: Int, remedy: String) throws {
    self.path = path
    self.remedy = remedy
    descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    isTemporary = descriptor >= 0
    guard descriptor >= 0 else {
      throw FileError.system(path: path, call: "open", code: errno, remedy: remedy)
    }
    var code: Int32
    repeat { code = posix_fallocate(descriptor, 0, off_t(size)) } while code == EINTR
    // Where space cannot be reserved, a full disk shows when it is written.
    if isUnsupported(code) {
      try check("ftruncate", path) { ftruncate(descriptor, off_t(size)) }
      code = 0
    }
    guard code == 0 else {
      throw FileError.system(
        path: path, call: "posix_fallocate", code: code,
        remedy: "\(size) bytes are needed; \(remedy)")
    }
  }

  /// Opens what another process has created at `path`.
  /// - Throws: `FileError.system`; damaged where it is no file, or has other names, too.
  package init(opening path: String) throws {
    self.path = path
    remedy = ""
    isTemporary = false
    descriptor = try check("open", path) { open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC) }
    try OutputFile.requireOneName(descriptor, path)
  }

  /// The user it belongs to, as its file system has it.
  /// - Throws: `FileError.system`.
  package var owner: UInt32 {
    get throws {
      var status = stat()
      try check("fstat", path) { fstat(descriptor, &status) }
      return status.st_uid
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
    if isTemporary { unlink(path) }
  }

  /// Writes all of `bytes` from `offset` on.
  /// - Throws: `FileError.system`.
  package func write(_ bytes: some ContiguousBytes, at offset: Int) throws {
    try bytes.withUnsafeBytes { raw in
      var written = 0
      while written < raw.count {
        written += try check("pwrite", path) {
          pwrite(
            descriptor, raw.baseAddress.map { $0 + written }, raw.count - written,
            off_t(offset + written))
        }
      }
    }
  }

  /// Brings the file to disk and gives it the name `name`; a file of that name gives way.
  /// - Throws: `FileError.system`.
  package func publish(as name: String) throws {
    try check("fsync", path) { fsync(descriptor) }
    guard rename(path, name) == 0 else {
      throw FileError.system(path: name, call: "rename", code: errno, remedy: remedy)
    }
    isTemporary = false
    try Folder.synchronise(of: name)
  }
}
