import Foundation

/// A file that is written to its end; every call's outcome is checked.
public final class OutputFile {
  /// Where it lies.
  public let path: String
  private let descriptor: Int32

  /// Opens `path` for writing, empty or at its end.
  /// - Throws: `FileError.system`.
  public init(_ path: String, appending: Bool = false) throws {
    self.path = path
    let flags = O_WRONLY | O_CREAT | O_CLOEXEC | (appending ? O_APPEND : O_TRUNC)
    self.descriptor = try check(open(path, flags, 0o644), call: "open", path: path)
  }

  deinit { close(descriptor) }

  /// Writes all of `bytes`.
  /// - Throws: `FileError.system`, a full disk among them.
  public func write(_ bytes: some ContiguousBytes) throws {
    try bytes.withUnsafeBytes { raw in
      var written = 0
      while written < raw.count {
        let count = Foundation.write(
          descriptor, raw.baseAddress.map { $0 + written }, raw.count - written)
        if count < 0 && errno == EINTR { continue }
        written += try check(count, call: "write", path: path)
      }
    }
  }

  /// Brings what was written to the disk.
  /// - Throws: `FileError.system`.
  public func synchronise() throws { try check(fsync(descriptor), call: "fsync", path: path) }

  /// Replaces the file at `path` by one that holds `bytes`, all or nothing: written beside it,
  /// brought to disk, renamed, and the folder brought to disk.
  /// - Throws: `FileError.system`; the old file is then untouched.
  public static func replace(_ path: String, with bytes: some ContiguousBytes) throws {
    try replace(path) { try $0.write(bytes) }
  }

  /// Replaces the file at `path`, all or nothing, by one that holds what `write` writes.
  /// - Throws: `FileError.system`, and what `write` throws; the old file is then untouched.
  public static func replace(_ path: String, write: (OutputFile) throws -> Void) throws {
    let temporary = path + ".partial"
    do {
      let file = try OutputFile(temporary)
      try write(file)
      try file.synchronise()
      try check(rename(temporary, path), call: "rename", path: path)
    } catch {
      unlink(temporary)
      throw error
    }
    try Folder.synchronise(of: path)
  }

  /// Removes the file at `path`.
  /// - Throws: `FileError.system`.
  public static func remove(_ path: String) throws {
    try check(unlink(path), call: "unlink", path: path)
  }

  /// Cuts the file at `path` to `count` bytes, on disk.
  /// - Throws: `FileError.system`.
  public static func cut(_ path: String, to count: Int) throws {
    let file = try OutputFile(path, appending: true)
    try check(ftruncate(file.descriptor, off_t(count)), call: "ftruncate", path: path)
    try file.synchronise()
  }
}

/// A lock on a file that is held until the process ends or lets go of it.
public final class FileLock {
  private let descriptor: Int32

  /// Locks `path`; nil when another process holds the lock.
  /// - Throws: `FileError.system`.
  public init?(_ path: String) throws {
    descriptor = try check(
      open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644), call: "open", path: path)
    if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return nil }
      throw FileError.system(path: path, call: "flock", code: errno)
    }
  }

  deinit { close(descriptor) }
}
