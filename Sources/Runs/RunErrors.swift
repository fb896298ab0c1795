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

/// A run whose last checkpoint, or whose result, could not be written.
package struct UnsavedError: CommonError {
  /// Why.
  package let reason: String
  /// What that leaves undone.
  package let outcome: String
  /// 74.
  package var exitCode: ExitCode { .inputOutput }
  /// Why, what it comes to, and the remedy.
  package var description: String {
    "\(reason); \(outcome); see to it, and the same command goes on from the last checkpoint"
  }
}
