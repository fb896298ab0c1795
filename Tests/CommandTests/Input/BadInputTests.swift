import Foundation
import Outcomes
import Storage
import TestSupport
import Testing

extension CommandTests {
  /// Whatever goes wrong is said once, by one line that names it, with the contract's exit code, at
  /// once, and no rank stays after.
  @Suite struct BadInputTests {
    private static let all = [
      BadInput.settings, BadInput.files, BadInput.recipes, BadInput.outputs,
      BadInput.tinyImageNet, BadInput.fits,
    ].flatMap(\.self)

    @Test(arguments: all)
    func withoutMPI(input: BadInput) throws {
      try expect(input) { try Shell.run(["\(Shell.products)/relief-dist"] + $0) }
    }

    /// Some of each kind: mpirun takes a second or two to end a job that failed.
    private static let some = [
      BadInput.settings.prefix(2), BadInput.files.prefix(1), BadInput.files.suffix(2),
      BadInput.recipes.prefix(2), BadInput.outputs.prefix(3), BadInput.tinyImageNet.prefix(1),
      BadInput.tinyImageNet.suffix(1), BadInput.fits.prefix(1),
    ].flatMap(\.self)

    @Test(arguments: some)
    func ofThreeRanks(input: BadInput) throws {
      try expect(input) { try Shell.reliefDist(ranks: 3, $0) }
    }

    @Test(arguments: [BadInput.settings[0], BadInput.outputs[0]])
    func ofOneRank(input: BadInput) throws {
      try expect(input) { try Shell.reliefDist(ranks: 1, $0) }
    }

    @Test(arguments: [1, 3])
    func folderOfARunningJob(ranks: Int) throws {
      let run = try smallRun()
      try FileManager.default.createDirectory(
        atPath: run.folder, withIntermediateDirectories: true)
      let lock = try #require(try FileLock("\(run.folder)/.lock"))
      try withExtendedLifetime(lock) {
        let outcome = try Shell.reliefDist(ranks: ranks, run.flags())
        expectOneError(outcome, .inputOutput, [run.folder, "in use", "--output"], run)
        let files = try FileManager.default.contentsOfDirectory(atPath: run.folder)
        #expect(!files.contains("metrics.jsonl"))
      }
    }

    @Test func moreRanksThanLaneBlocks() throws {
      let run = try smallRun()
      let outcome = try Shell.reliefDist(ranks: 3, run.flags(["training.batch=32"]))
      expectOneError(
        outcome, .badConfiguration, ["3 ranks", "2 lane blocks", "training.batch to 33"], run)
      let bench = try Shell.reliefDist(ranks: 3, ["bench", "--batch", "16"])
      expectOneError(bench, .badConfiguration, ["3 ranks", "1 lane"], run)
    }

    @Test func unknownKernels() throws {
      let run = try smallRun()
      let outcome = try Shell.reliefDist(
        ranks: 3, run.flags(), environment: ["RELIEF_KERNELS": "neon"])
      expectOneError(outcome, .badConfiguration, ["RELIEF_KERNELS", "neon", "portable"], run)
    }

    private static let misuses = [
      ["--colour"], ["--output"], ["stray"], ["bench", "--batch", "many"],
      ["bench", "--kernels", "cuda"],
    ]

    @Test(arguments: misuses)
    func usage(arguments: [String]) throws {
      expectUsage(try Shell.run(["\(Shell.products)/relief-dist"] + arguments))
    }

    @Test(arguments: misuses.prefix(2))
    func usageOfThreeRanks(arguments: [String]) throws {
      expectUsage(try Shell.reliefDist(ranks: 3, arguments))
    }

    /// The argument parser has words of its own: an error and the usage, once.
    private func expectUsage(_ outcome: Shell.Outcome) {
      #expect(outcome.code == ExitCode.usage.rawValue)
      let lines = (outcome.output + outcome.errors).split(separator: "\n")
      #expect(lines.count { $0.hasPrefix("Error: ") } == 1, "\(lines)")
      #expect(lines.count { $0.hasPrefix("Usage: ") } == 1, "\(lines)")
      #expect(lines.count <= 5, "\(lines)")
      #expect(outcome.seconds < 6)
    }

    @Test(arguments: ["0", "-1", "two", ""])
    func numberOfRanks(number: String) throws {
      let outcome = try Shell.run(["\(Shell.root)/launch/local", "-n", number])
      #expect(outcome.code == ExitCode.usage.rawValue)
      #expect(outcome.errors == "local: -n needs a number of ranks, it is \"\(number)\"\n")
    }

    /// 60 training images.
    private func smallRun() throws -> SmallRun { try SmallRun(training: 60, test: 20) }

    private func expect(
      _ input: BadInput, of start: (_ arguments: [String]) throws -> Shell.Outcome
    ) throws {
      let run = try smallRun()
      let outcome = try start(try input.arguments(run))
      expectOneError(outcome, input.code, input.words, run)
    }

    private func expectOneError(
      _ outcome: Shell.Outcome, _ code: ExitCode, _ words: [String], _ run: SmallRun
    ) {
      let text = outcome.output + outcome.without(SmallRun.announcement).errors
      #expect(outcome.code == code.rawValue, "\(text)")
      let lines = text.split(separator: "\n")
      #expect(lines.count == 1, "\(text)")
      #expect(lines.first?.hasPrefix("relief-dist: error: ") == true, "\(text)")
      for word in words { #expect(text.contains(word)) }
      #expect(outcome.seconds < 6)
      #expect(Shell.processes(naming: run.folder).isEmpty)
    }
  }
}
