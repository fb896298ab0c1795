import Storage

/// Replicas that no longer hold the same.
public struct ReplicaError: CommonError {
  /// What differs.
  public let what: String

  /// Replicas that differ in `what`.
  public init(what: String) { self.what = what }

  /// 81.
  public var exitCode: ExitCode { .replicasDisagree }
  /// What differs.
  public var description: String { what }
}
