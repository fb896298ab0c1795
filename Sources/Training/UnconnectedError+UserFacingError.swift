import Communication
import Storage

extension UnconnectedError: UserFacingError {
  /// 78.
  public var exitCode: ExitCode { .badConfiguration }
}
