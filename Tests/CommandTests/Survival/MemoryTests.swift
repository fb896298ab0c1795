import Outcomes
import TestSupport
import Testing

extension CommandTests {
  /// Runs that the system gives little memory end, or say in one line what there was none for.
  @Suite struct MemoryTests {
    /// In kilobytes: from what the loader needs to what a run needs, where a library may add what
    /// it takes for each core.
    @Test func limited() throws {
      let run = try SmallRun()
      var codes: Set<Int32> = []
      for limit in stride(from: 140_000, through: 260_000, by: 30_000) {
        let outcome = try Shell.run(
          [
            "bash", "-c", "ulimit -v \(limit); exec \"$@\"", "bash",
            "\(Shell.products)/relief-dist",
          ] + run.flags(["training.batch=2000", "training.epochs=1", "pruning.iterations=0"]) + [
            "--quiet", "--resume", "never",
          ],
          environment: ["OPENBLAS_NUM_THREADS": "1"])
        codes.insert(outcome.code)
        // The loader has words and a code of its own.
        if outcome.code == 127 { continue }
        #expect([0, ExitCode.inputOutput.rawValue].contains(outcome.code), "\(outcome.errors)")
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == (outcome.code == 0 ? 0 : 1), "\(limit): \(lines)")
        for line in lines {
          #expect(line.hasPrefix("relief-dist: error: no memory for "))
          #expect(line.contains("(ulimit lets it have \(limit * 1024) in all)"))
        }
      }
      #expect(codes.contains(ExitCode.inputOutput.rawValue))
    }

    /// All ranks run out at the same moment, and one says so.
    @Test func limitedRanks() throws {
      let outcome = try Shell.run(
        [
          "bash", "-c", "ulimit -v 450000; exec \"$@\"", "bash", "\(Shell.root)/launch/local",
          "-n", "3", "bench", "--network", "resnet20", "--batch", "960", "--steps", "1",
        ], environment: ["RELIEF_DIST": "\(Shell.products)/relief-dist"])
      #expect(outcome.code == ExitCode.inputOutput.rawValue, "\(outcome.errors)")
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == 1, "\(lines)")
      #expect(lines.first?.hasPrefix("relief-dist: error: rank 0 on ") == true, "\(lines)")
    }
  }
}
