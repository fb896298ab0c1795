import TestSupport
import Testing

extension CommandTests {
  /// What `export` writes, read by the programs that people open it with.
  @Suite struct JudgeTests {
    /// The code of `launch/judge` where a package of Python cannot be installed.
    private static let cannotInstall: Int32 = 69

    @Test("ONNX Runtime and the README's lines find what was written to be the network")
    func quick() throws {
      let outcome = try Shell.run(
        ["\(Shell.root)/launch/judge", "--quick"],
        environment: ["RELIEF_PROGRAM": "\(Shell.products)/relief-dist"])
      if outcome.code == Self.cannotInstall {
        try Test.cancel("the judge's packages cannot be installed: \(outcome.errors)")
      }
      #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains(" 0 failed"), "\(outcome.output)")
    }
  }
}
