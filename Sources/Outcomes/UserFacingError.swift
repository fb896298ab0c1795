/// An error that a user can act on: one line, and the code the process ends with.
package protocol UserFacingError: Error, CustomStringConvertible {
  /// What the process ends with.
  var exitCode: ExitCode { get }
}

/// An error that every rank meets at the same call: all end together, and one says so.
package protocol CommonError: UserFacingError {}

/// What a process that met an error ends with, and says.
package struct Outcome: Sendable, Equatable {
  /// The code the process ends with.
  package let code: Int32
  /// One line.
  package let message: String

  /// That of `error`; one that no user can act on is an internal error.
  package init(of error: any Error) {
    code = ((error as? any UserFacingError)?.exitCode ?? .internalError).rawValue
    message = "\(error)"
  }
}
