import Storage

/// A run whose last checkpoint, or whose result, could not be written.
public struct UnsavedError: CommonError {
  /// Why.
  public let reason: String
  /// What that leaves undone.
  public let outcome: String
  /// 74.
  public var exitCode: ExitCode { .inputOutput }
  /// Why, what it comes to, and the remedy.
  public var description: String {
    "\(reason); \(outcome); see to it, and the same command goes on from the last checkpoint"
  }

  /// Code and words of an error for an agreement.
  static func describe(_ error: any Error) -> (code: Int32, message: String) {
    (
      (error as? any UserFacingError)?.exitCode.rawValue ?? ExitCode.internalError.rawValue,
      "\(error)"
    )
  }
}
