import Foundation

/// A lock on a file that is held until the process ends or lets go of it.
package final class FileLock {
  private let descriptor: Int32
  /// Why nothing is locked, where the file system has no locks.
  package private(set) var missing: FileError?

  /// Locks `path`; nil when another process holds the lock.
  /// - Throws: `FileError.system`.
  package init?(_ path: String) throws {
    descriptor = try check("open", path) { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644) }
    // Who asks whether it is held has it for a moment.
    for attempts in 1... {
      do {
        missing = try attempt("flock", path) { flock(descriptor, LOCK_EX | LOCK_NB) }
        return
      } catch FileError.system(_, _, EWOULDBLOCK, _) {
        guard attempts < Self.mostAttempts else { return nil }
        usleep(10_000)
      }
    }
  }

  private static let mostAttempts = 10

  /// Whether a process holds the lock on `path`; nil where the file system has no locks.
  /// - Throws: `FileError.system`.
  package static func isHeld(_ path: String) throws -> Bool? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      guard errno == ENOENT else { throw FileError.system(path: path, call: "open", code: errno) }
      return false
    }
    defer { close(descriptor) }
    do {
      let missing = try attempt("flock", path) { flock(descriptor, LOCK_SH | LOCK_NB) }
      return missing == nil ? false : nil
    } catch FileError.system(_, _, EWOULDBLOCK, _) { return true }
  }

  deinit { close(descriptor) }
}
