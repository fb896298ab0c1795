import Storage

/// A run that was asked to stop and is saved.
public struct Interruption: CommonError {
  /// Steps done.
  public let steps: Int
  /// 75.
  public var exitCode: ExitCode { .stopped }
  /// Where it stands, and the remedy.
  public var description: String {
    "stopped after step \(steps) and saved; the same command goes on from there"
  }
}
