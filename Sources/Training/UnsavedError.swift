import Storage

/// A run that was asked to stop and could not be saved.
public struct UnsavedError: CommonError {
  /// Why.
  public let reason: String
  /// 74.
  public var exitCode: ExitCode { .inputOutput }
  /// Why, and what is left.
  public var description: String {
    "\(reason); stopped without a new checkpoint, the same command goes on from the last one"
  }

  /// Code and words of an error for an agreement.
  static func describe(_ error: any Error) -> (code: Int32, message: String) {
    (
      (error as? any UserFacingError)?.exitCode.rawValue ?? ExitCode.internalError.rawValue,
      "\(error)"
    )
  }
}
