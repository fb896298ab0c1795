import Foundation

/// What tells whether a file is still the same without reading it.
package struct FileState: CustomStringConvertible {
  private let size: Int
  private let modified: timespec

  /// The state of the file at `path`.
  /// - Throws: `FileError`, damaged where it is a folder or a device.
  package init(_ path: String) throws {
    let status = try PathKind.status(of: path)
    try PathKind.requireFile(status, path)
    size = Int(status.st_size)
    modified = status.st_mtim
  }

  /// Bytes and time of the last change.
  package var description: String { "\(size) \(modified.tv_sec).\(modified.tv_nsec)" }
}
