import Foundation

/// What lies at a path, symbolic links followed.
package enum PathKind: String, Sendable {
  case file = "a file"
  case folder = "a folder"
  case pipe = "a pipe"
  case device = "a device"
  case socket = "a socket"

  /// What lies at `path`; nil where nothing does.
  /// - Throws: `FileError.system` where the system does not tell, as below a folder that may not be
  ///   entered.
  package static func of(_ path: String) throws -> PathKind? {
    do { return PathKind(try status(of: path)) } catch FileError.missing { return nil }
  }

  /// What the system says of `path`.
  /// - Throws: `FileError`, missing where there is nothing.
  static func status(of path: String) throws -> stat {
    var status = stat()
    try checkPath("stat", path) { stat(path, &status) }
    return status
  }

  init(_ status: stat) {
    switch status.st_mode & S_IFMT {
    case S_IFREG: self = .file
    case S_IFDIR: self = .folder
    case S_IFIFO: self = .pipe
    case S_IFSOCK: self = .socket
    default: self = .device
    }
  }

  /// Requires that `status`, which is that of `path`, is of a file.
  /// - Throws: `FileError.damaged`.
  static func requireFile(_ status: stat, _ path: String) throws {
    let kind = PathKind(status)
    guard kind == .file else {
      throw FileError.damaged(
        path: path, offset: nil, reason: "is \(kind.rawValue) where a file is wanted")
    }
  }
}

/// `check` for a call that looks for what lies at `path`: where there is nothing, that is no
/// refusal.
@discardableResult
func checkPath<Result: SignedInteger>(
  _ name: String, _ path: String, _ call: () -> Result
) throws -> Result {
  do { return try check(name, path, call) } catch FileError.system(_, _, let code, _)
    where [ENOENT, ENOTDIR, ENAMETOOLONG].contains(code)
  {
    throw FileError.missing(path: path, remedy: "give a path where there is one")
  }
}
