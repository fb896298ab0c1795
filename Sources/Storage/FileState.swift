import Foundation

/// What tells whether a file is still the same without reading it.
public struct FileState: CustomStringConvertible {
  private let size: Int
  private let modified: timespec

  /// The state of the file at `path`.
  /// - Throws: `FileError`, damaged where it is a folder or a device.
  public init(_ path: String) throws {
    var status = stat()
    try check("stat", path) { stat(path, &status) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError.damaged(path: path, offset: nil, reason: "is no file")
    }
    size = Int(status.st_size)
    modified = status.st_mtim
  }

  /// Bytes and time of the last change.
  public var description: String { "\(size) \(modified.tv_sec).\(modified.tv_nsec)" }
}
