import Communication
import Storage

extension StallError: UserFacingError {
  /// 82.
  public var exitCode: ExitCode { .stalled }
}
