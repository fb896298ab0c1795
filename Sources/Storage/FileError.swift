import Foundation
import Outcomes

/// What is wrong with a file or folder.
package enum FileError: UserFacingError {
  /// There is none at `path`; `remedy` says what to do.
  case missing(path: String, remedy: String)
  /// What lies at `path` is something else than what is wanted; `found` says what, `remedy` what to
  /// do.
  case mistaken(path: String, found: String, remedy: String)
  /// Its content breaks its format; `offset` is in bytes of the (inflated) content.
  case damaged(path: String, offset: Int?, reason: String)
  /// The system refused; `remedy`, if there is one, says what to do.
  case system(path: String, call: String, code: Int32, remedy: String = "")
  /// A running job has it.
  case inUse(path: String, remedy: String)

  /// File, place, reason and remedy on one line.
  package var description: String {
    switch self {
    case .missing(let path, let remedy): "\(path): not found; \(remedy)"
    case .mistaken(let path, let found, let remedy): "\(path): \(found); \(remedy)"
    case .damaged(let path, let offset, let reason):
      offset.map { "\(path): at byte \($0): \(reason)" } ?? "\(path): \(reason)"
    case .system(let path, let call, let code, let remedy):
      "\(path): \(call): \(String(cString: strerror(code)))\(remedy.isEmpty ? "" : "; \(remedy)")"
    case .inUse(let path, let remedy): "\(path): in use by a running job; \(remedy)"
    }
  }

  /// 66, 65 or 74.
  package var exitCode: ExitCode {
    switch self {
    case .missing, .mistaken: .missingInput
    case .damaged: .badDataFile
    case .system, .inUse: .inputOutput
    }
  }
}

/// What file systems of clusters and user space answer to a call that they do not have. What is 524
/// has no name outside of the kernel.
func isUnsupported(_ code: Int32) -> Bool {
  [ENOSYS, ENOTSUP, EOPNOTSUPP, EINVAL, ENOLCK, 524].contains(code)
}

/// Makes a call of the system that a run can do without, as `check` does it.
/// - Returns: nil; what the file system said that has no such call.
func attempt(_ name: String, _ path: String, _ call: () -> Int32) throws -> FileError? {
  do { try check(name, path, call) } catch let error as FileError {
    guard case .system(_, _, let code, _) = error, isUnsupported(code) else { throw error }
    return error
  }
  return nil
}

/// Makes a call of the system, again where a signal interrupted it; throws what the system said
/// where it returned a negative number, and returns the others.
@discardableResult
func check<Result: SignedInteger>(
  _ name: String, _ path: String, _ call: () -> Result
) throws -> Result {
  var result = call()
  while result < 0 && errno == EINTR { result = call() }
  guard result >= 0 else { throw FileError.refused(path, call: name) }
  return result
}

extension FileError {
  /// The system's refusal of the last `call`, which concerned `path`.
  static func refused(_ path: String, call: String) -> FileError {
    let code = errno
    return .system(path: path, call: call, code: code, remedy: permission(path, code: code))
  }

  /// Who must be allowed what where `code` says that permission for `path` is wanting; else
  /// nothing.
  private static func permission(_ path: String, code: Int32) -> String {
    guard code == EACCES else { return "" }
    func may(_ mode: Int32, _ path: String) -> Bool {
      faccessat(AT_FDCWD, path, mode, AT_EACCESS) == 0
    }
    let parts = (path as NSString).pathComponents
    let folders = (1..<max(1, parts.count)).map {
      NSString.path(withComponents: Array(parts[..<$0]))
    }
    if let closed = folders.first(where: { !may(X_OK, $0) }) {
      return "let user \(geteuid()) enter \(closed)"
    }
    let deed =
      !may(F_OK, path) ? "write to its folder" : may(R_OK, path) ? "write it" : "read it"
    return "let user \(geteuid()) \(deed)"
  }
}
