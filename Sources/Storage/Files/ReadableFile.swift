import Foundation

/// A file that is open for reading: all readers open theirs here, so that they judge a path alike.
final class ReadableFile {
  let path: String
  let descriptor: Int32
  /// Bytes, when it was opened.
  let size: Int
  /// When it was changed last.
  let modified: Date
  /// The user it belongs to.
  let owner: UInt32
  /// Whether others than its owner may change it.
  let isWritableByOthers: Bool

  /// Opens the file at `path`.
  /// - Throws: `FileError`: missing, damaged where something else than a file lies there, or the
  ///   system's refusal.
  init(_ path: String) throws {
    // Does not wait for a pipe's writer, and takes no terminal for its own.
    let descriptor = try checkPath("open", path) {
      open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    }
    var status = stat()
    do {
      try check("fstat", path) { fstat(descriptor, &status) }
      try PathKind.requireFile(status, path)
    } catch {
      close(descriptor)
      throw error
    }
    (self.path, self.descriptor) = (path, descriptor)
    size = Int(status.st_size)
    modified = Date(timeIntervalSince1970: Double(status.st_mtim.tv_sec))
    owner = status.st_uid
    isWritableByOthers = status.st_mode & (S_IWGRP | S_IWOTH) != 0
  }

  deinit { close(descriptor) }
}
