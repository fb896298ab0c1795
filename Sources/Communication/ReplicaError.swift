import Outcomes

/// Replicas that no longer hold the same.
package struct ReplicaError: CommonError {
  /// What differs.
  package let what: String

  /// Replicas that differ in `what`.
  package init(what: String) { self.what = what }

  /// 81.
  package var exitCode: ExitCode { .replicasDisagree }
  /// What differs.
  package var description: String { what }
}
