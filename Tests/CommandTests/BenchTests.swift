import TestSupport
import Testing

extension CommandTests {
  /// `relief-dist bench`, `--version` and `--help`.
  @Suite struct BenchTests {
    private static let total = 266_610

    @Test(arguments: [1, 2, 3])
    func printsOneLineOfJSON(ranks: Int) throws {
      let outcome = try Shell.reliefDist(ranks: ranks, ["bench", "--steps", "3"])
      #expect(outcome.code == 0)
      #expect(outcome.errors.isEmpty)
      let lines = try JSON.lines(outcome.output)
      #expect(lines.count == 1)
      let line = try #require(lines.first)
      let keys = [
        "network", "density", "batch", "world_size", "images_per_second", "step_seconds",
        "compute_seconds", "communication_seconds", "bytes_sent", "kept_flops", "peak_fraction",
      ]
      #expect(keys.allSatisfy { line[$0] != nil })
      #expect(line["network"] as? String == "lenet300-100")
      #expect(line["world_size"] as? Int == ranks)
      #expect(line["density"] as? Double == 1)
    }

    /// With one subtree a rank, gradients and parameters each travel n − 1 times.
    @Test(arguments: [1, 2, 4, 8])
    func bytesAreThoseOfTwoPhases(ranks: Int) throws {
      let outcome = try Shell.reliefDist(
        ranks: ranks, ["bench", "--steps", "2", "--batch", "128"])
      let line = try #require(try JSON.lines(outcome.output).first)
      #expect(line["bytes_sent"] as? Int == 2 * Self.total * 4 * (ranks - 1))
    }

    @Test func bytesAndOperationsFallWithDensity() throws {
      let outcome = try Shell.reliefDist(
        ranks: 2, ["bench", "--steps", "2", "--density", "0.1"])
      let line = try #require(try JSON.lines(outcome.output).first)
      let density = try #require(line["density"] as? Double)
      #expect(abs(density - 0.1) < 0.005)
      let kept = (density * Double(Self.total)).rounded()
      #expect(line["bytes_sent"] as? Int == Int(2 * kept * 4))
      let operations = try #require(line["kept_flops"] as? Int)
      #expect(operations <= Int(2 * kept))
      #expect(operations > Int(1.9 * kept))
    }

    @Test(arguments: [1, 3])
    func saysItsVersionOnce(ranks: Int) throws {
      let outcome = try Shell.reliefDist(ranks: ranks, ["--version"])
      #expect(outcome.code == 0)
      #expect(outcome.output.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
      #expect(outcome.errors.isEmpty)
    }

    @Test(arguments: [["--help"], ["run", "--help"], ["bench", "--help"]])
    func helps(arguments: [String]) throws {
      let outcome = try Shell.reliefDist(ranks: 3, arguments)
      #expect(outcome.code == 0)
      #expect(outcome.output.ranges(of: "USAGE:").count == 1)
      #expect(outcome.errors.isEmpty)
    }
  }
}
