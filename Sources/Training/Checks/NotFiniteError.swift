import Outcomes

/// A loss or gradient that is no number any more.
package struct NotFiniteError: CommonError {
  /// What, and of which layer.
  package let what: String
  /// The step of the run.
  package let step: Int
  /// What can be done.
  var remedy = "lower training.learning_rate, or set safety.on_nonfinite = \"rollback\""
  /// 80.
  package var exitCode: ExitCode { .notFinite }
  /// What, where and the remedy.
  package var description: String { "\(what) is not finite in step \(step); \(remedy)" }

  /// The same with another remedy.
  package func advising(_ remedy: String) -> NotFiniteError {
    var error = self
    error.remedy = remedy
    return error
  }

  init(what: String, step: Int) { (self.what, self.step) = (what, step) }
}
