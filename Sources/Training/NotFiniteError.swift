import Storage

/// A loss or gradient that is no number any more.
public struct NotFiniteError: CommonError {
  /// What, and of which layer.
  public let what: String
  /// The step of the run.
  public let step: Int
  /// What can be done.
  var remedy = "lower training.learning_rate, or set safety.on_nonfinite = \"rollback\""
  /// 80.
  public var exitCode: ExitCode { .notFinite }
  /// What, where and the remedy.
  public var description: String { "\(what) is not finite in step \(step); \(remedy)" }

  /// The same with another remedy.
  func advising(_ remedy: String) -> NotFiniteError {
    var error = self
    error.remedy = remedy
    return error
  }

  init(what: String, step: Int) { (self.what, self.step) = (what, step) }
}
