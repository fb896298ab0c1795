import Outcomes

/// A run that was asked to stop and is saved.
package struct Interruption: CommonError {
  /// Steps done.
  package let steps: Int
  /// 75.
  package var exitCode: ExitCode { .stopped }
  /// Where it stands, and the remedy.
  package var description: String {
    "stopped after step \(steps) and saved; the same command goes on from there"
  }
}
