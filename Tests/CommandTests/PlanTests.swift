import Foundation
import Outcomes
import TestSupport
import Testing

extension CommandTests {
  /// `relief-dist plan`.
  @Suite struct PlanTests {
    private func plan(_ arguments: [String]) throws -> Shell.Outcome {
      try Shell.run(["\(Shell.products)/relief-dist", "plan"] + arguments)
    }

    private func json(_ arguments: [String]) throws -> [String: Any] {
      let outcome = try plan(arguments + ["--json"])
      #expect(outcome.code == 0, "\(outcome.errors)")
      let lines = try JSON.lines(outcome.output)
      #expect(lines.count == 1)
      return try #require(lines.first)
    }

    @Test func showsTables() throws {
      let outcome = try plan(["--quick", "--ranks", "2"])
      #expect(outcome.code == 0)
      #expect(outcome.errors.isEmpty)
      for words in [
        "memory of a rank", "efficiency", "retrain 3", "At most 8 ranks", "the whole run",
      ] {
        #expect(outcome.output.contains(words), "\(words)")
      }
    }

    /// 8 ranks on 4 machines, without the data.
    @Test func printsOneLineOfJSON() throws {
      let line = try json([
        "--recipe", "resnet20-cifar10", "--set", "data.path=/nowhere", "--ranks", "8", "--latency",
        "2us", "--bandwidth", "100Gb", "--ranks-per-node", "2", "--set", "pruning.iterations=1",
      ])
      let keys = [
        "recipe", "network", "data", "images_from", "training_images", "validation_images", "batch",
        "blocks", "ranks", "ranks_per_node", "nodes", "total", "parameters", "memory",
        "node_memory",
        "step", "scaling", "phases", "pruning_seconds", "seconds", "dense_seconds", "bytes_sent",
        "density_per_iteration", "assumptions",
      ]
      #expect(keys.filter { line[$0] == nil } == [])
      #expect(line["images_from"] as? String == "known")
      #expect(line["training_images"] as? Int == 45_000)
      #expect(line["nodes"] as? Int == 4)
      let rows = try #require(line["scaling"] as? [[String: Any]])
      #expect(rows.map { $0["ranks"] as? Int } == [1, 2, 4, 8])
      let row = [
        "blocks", "seconds", "compute_seconds", "communication_seconds", "bytes_sent",
        "images_per_second", "efficiency", "memory", "run_seconds", "is_measured",
      ]
      #expect(rows.allSatisfy { row in row["seconds"] as? Double ?? 0 > 0 })
      #expect(row.filter { rows[0][$0] == nil } == [])
    }

    /// What a run's first epoch sends, by its record.
    @Test("bytes are those of runs", arguments: ["lenet300-mnist", "resnet20-cifar10"], [2, 3])
    func bytes(recipe: String, ranks: Int) throws {
      let run =
        try recipe == "lenet300-mnist"
        ? SmallRun() : SmallRun(cifarRecipe: recipe, training: 250)
      #expect(try run(ranks: ranks).code == 0)
      let epoch = try #require(try run.lines().first { $0["event"] as? String == "epoch" })
      let sent = try #require(epoch["bytes_sent"] as? Int)
      let flags = run.flags().filter { $0 != "--output" && $0 != run.folder }
      let line = try json(flags + ["--ranks", "\(ranks)"])
      #expect(line["images_from"] as? String == "files")
      let phase = try #require((line["phases"] as? [[String: Any]])?.first)
      let epochs = try #require(phase["epochs"] as? Int)
      let predicted = try #require(phase["bytes_sent"] as? Int) / epochs
      #expect(predicted == sent)
    }

    @Test(
      "says what is wrong",
      arguments: [
        (["--latency", "2parsec"], ExitCode.usage, ["2parsec", "ns, us, ms or s"]),
        (["--bandwidth", "100"], .usage, ["100", "Gb", "GB"]),
        (["--ranks", "many"], .usage, ["many"]),
        (["--output", "x"], .usage, ["--output"]),
        (["--ranks", "9"], .badConfiguration, ["9 ranks", "8 lane blocks"]),
        (["--ranks", "0"], .badConfiguration, ["--ranks is 0"]),
        (["--ranks-per-node", "2"], .badConfiguration, ["--latency"]),
        (["--density-per-iteration", "2"], .badConfiguration, ["--density-per-iteration is 2"]),
        (["--set", "network.name=resnet20"], .badConfiguration, ["resnet20 takes colour"]),
        (["--recipe", "lenet"], .badConfiguration, ["unknown recipe"]),
        (["--recipe", "/nowhere.toml"], .missingInput, ["/nowhere.toml"]),
      ] as [([String], ExitCode, [String])])
    func refuses(arguments: [String], code: ExitCode, words: [String]) throws {
      let outcome = try plan(arguments)
      #expect(outcome.code == code.rawValue)
      #expect(words.filter { !outcome.errors.contains($0) } == [], "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
    }

    /// As many as this machine has cores for and the batch feeds.
    @Test func ranksByDefault() throws {
      let line = try json(["--quick", "--set", "training.batch=16"])
      #expect(line["ranks"] as? Int == 1)
    }

    /// Under a launcher each process would measure beside the others.
    @Test func startsWithoutMPI() throws {
      let launcher = try Shell.run(
        ["\(Shell.products)/relief-dist", "plan"], environment: ["OMPI_COMM_WORLD_SIZE": "1"])
      #expect(launcher.code == ExitCode.usage.rawValue)
      #expect(launcher.errors.contains("without mpirun"))
      let local = try Shell.reliefDist(ranks: 3, ["plan", "--quick", "--json"])
      #expect(try JSON.lines(local.output).first?["ranks"] as? Int == 3)
    }
  }
}
