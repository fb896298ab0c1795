import Testing

/// What the paper's implementation and PyTorch compute on fixed inputs, from the files in the
/// folder that the environment variable `RELIEF_ORACLE` names.
@Suite(
  .enabled(if: OracleFile.isPresent, "RELIEF_ORACLE names no folder with oracle files"))
struct OracleTests {
  @Test("There are files of each kind", arguments: ["pruning", "training"])
  func files(_ kind: String) { #expect(!OracleFile.all(kind).isEmpty) }
}
