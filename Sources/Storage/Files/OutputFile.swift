import Foundation

/// A file that is written to its end; every call's outcome is checked.
package final class OutputFile {
  /// Where it lies.
  package let path: String
  private let descriptor: Int32

  /// How a file is opened.
  package enum Mode: Sendable {
    /// Emptied, or made.
    case empty
    /// Made; nothing may have its name, no symbolic link either.
    case new
    /// To go on at its end; made if need be.
    case append
    /// As it is, to write at places; it must be there under this one name, as another process of
    /// the job has made it.
    case existing

    fileprivate var flags: Int32 {
      switch self {
      case .empty: O_CREAT | O_TRUNC
      case .new: O_CREAT | O_EXCL | O_NOFOLLOW
      case .append: O_CREAT | O_APPEND
      case .existing: O_NOFOLLOW
      }
    }
  }

  /// Opens `path` for writing.
  /// - Throws: `FileError.system`; damaged where what exists is no file, or has other names, too.
  package init(_ path: String, _ mode: Mode = .empty) throws {
    self.path = path
    self.descriptor = try check("open", path) {
      open(path, O_WRONLY | O_CLOEXEC | mode.flags, 0o644)
    }
    if mode == .existing { try Self.requireOneName(descriptor, path) }
  }

  deinit { close(descriptor) }

  /// Writes all of `bytes` where the last write ended.
  /// - Throws: `FileError.system`, a full disk among them.
  package func write(_ bytes: some ContiguousBytes) throws {
    try write(bytes, call: "write") { Foundation.write(descriptor, $0, $1) }
  }

  /// Writes all of `bytes` from byte `place` of the file on.
  /// - Throws: `FileError.system`, a full disk among them.
  package func write(_ bytes: some ContiguousBytes, at place: Int) throws {
    var place = off_t(place)
    try write(bytes, call: "pwrite") { base, count in
      let written = pwrite(descriptor, base, count, place)
      if written > 0 { place += off_t(written) }
      return written
    }
  }

  /// The system may take less than all of them.
  private func write(
    _ bytes: some ContiguousBytes, call: String, _ write: (UnsafeRawPointer?, Int) -> Int
  ) throws {
    try bytes.withUnsafeBytes { raw in
      var written = 0
      while written < raw.count {
        written += try check(call, path) {
          write(raw.baseAddress.map { $0 + written }, raw.count - written)
        }
      }
    }
  }

  /// Brings what was written to the disk.
  /// - Throws: `FileError.system`.
  package func synchronise() throws { try Self.synchronise(descriptor, path) }

  /// Replaces the file at `path` by one that holds `bytes`, all or nothing: written beside it,
  /// brought to disk, renamed, and the folder brought to disk.
  /// - Throws: `FileError.system`; the old file is then untouched. A device, a pipe or a socket is
  ///   not replaced.
  package static func replace(_ path: String, with bytes: some ContiguousBytes) throws {
    try requireReplaceable(path)
    let file = try OutputFile(temporaryName(for: path), .new)
    do {
      try file.write(bytes)
      try file.commit(as: path)
    } catch {
      unlink(file.path)
      // Users have never heard of the other name.
      guard case FileError.system(file.path, let call, let code, let remedy) = error else {
        throw error
      }
      throw FileError.system(path: path, call: call, code: code, remedy: remedy)
    }
  }

  /// Brings what was written to disk and gives the file the name `path`, in place of any other;
  /// what was there before is untouched until the new file is whole.
  /// - Throws: `FileError.system`.
  package func commit(as path: String) throws {
    try synchronise()
    try check("rename", path) { rename(self.path, path) }
    try Folder.synchronise(of: path)
  }

  /// Removes the file at `path`.
  /// - Throws: `FileError.system`.
  package static func remove(_ path: String) throws {
    try check("unlink", path) { unlink(path) }
  }

  /// Cuts the file at `path` to `count` bytes, on disk.
  /// - Throws: `FileError.system`.
  package static func cut(_ path: String, to count: Int) throws {
    let file = try OutputFile(path, .append)
    try check("ftruncate", path) { ftruncate(file.descriptor, off_t(count)) }
    try file.synchronise()
  }

  private static func synchronise(_ descriptor: Int32, _ path: String) throws {
    try check("fsync", path) { fsync(descriptor) }
  }
}
