/// What the process returns; scripts rely on it.
public enum ExitCode: Int32, Sendable {
  case done = 0
  case usage = 64
  case badDataFile = 65
  case missingInput = 66
  case internalError = 70
  case inputOutput = 74
  case stopped = 75
  case badConfiguration = 78
  case notFinite = 80
  case replicasDisagree = 81
  case stalled = 82
}

/// An error that a user can act on: one line, and the code the process ends with.
public protocol UserFacingError: Error, CustomStringConvertible {
  /// The code of the contract.
  var exitCode: ExitCode { get }
}
