import Foundation
import TestSupport
import Testing

extension CommandTests {
  /// What a run leaves and says.
  @Suite struct RunTests {
    @Test func leavesItsFiles() throws {
      let run = try SmallRun()
      #expect(try run(ranks: 2).code == 0)
      let files = [
        "recipe.toml", "run.json", "metrics.jsonl", "iterations/0.safetensors",
        "iterations/1.safetensors", "iterations/2.safetensors", "final.safetensors", "report.html",
      ]
      let found = try FileManager.default.subpathsOfDirectory(atPath: run.folder)
      let checkpoints = found.filter { $0.hasPrefix("checkpoints/") }
      #expect((1...3).contains(checkpoints.count), "\(checkpoints)")
      let events = found.filter { $0.hasPrefix("events.out.tfevents.") }
      #expect(events.count == 1)
      #expect(
        Set(found).subtracting(checkpoints + events)
          == Set(files + ["iterations", "checkpoints", ".lock"]))

      let description = try JSONSerialization.jsonObject(
        with: Data(contentsOf: URL(fileURLWithPath: "\(run.folder)/run.json")))
      let keys = try #require(description as? [String: Any])
      #expect(keys["world_size"] as? Int == 2)
      #expect(keys["training_images"] as? Int == 600)
      let recipe = try String(contentsOfFile: "\(run.folder)/recipe.toml", encoding: .utf8)
      #expect(recipe.contains("retrain_epochs = 2\n"))
      let final = try Data(contentsOf: URL(fileURLWithPath: "\(run.folder)/final.safetensors"))
      #expect(final.count > 8)
    }

    /// Ranks that read their images say once that these are a part, unless they are to be quiet.
    @Test func saysOnceThatTheImagesAreAPart() throws {
      let run = try SmallRun()
      let outcome = try Shell.reliefDist(ranks: 3, run.flags(["data.validation=600"]))
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == 2, "\(lines)")
      #expect(
        lines.first == """
          mnist: a part: 600 of 60,000 training images, 100 of 10,000 test images
          """)
      let quiet = try Shell.reliefDist(ranks: 3, run.flags(["data.validation=600"]) + ["--quiet"])
      #expect(quiet.errors.split(separator: "\n").count == 1)
    }

    @Test func resolvedRecipeRepeatsTheRun() throws {
      let run = try SmallRun()
      let first = Fingerprint(run, try run())
      let recipe = run.data + "/again.toml"
      try FileManager.default.copyItem(atPath: "\(run.folder)/recipe.toml", toPath: recipe)
      try FileManager.default.removeItem(atPath: run.folder)
      let again = try Shell.reliefDist(
        ranks: 2, ["--recipe", recipe, "--output", run.folder])
      #expect(Fingerprint(run, again) == first)
    }

    /// 2,000 steps and ten pruning iterations: the first holds all that a run ever needs.
    @Test func memoryStaysFlat() throws {
      let run = try SmallRun()
      #expect(
        try run(
          ranks: 2,
          [
            "training.epochs=40", "pruning.iterations=10", "pruning.retrain_epochs=36",
            "checkpoint.steps=100",
          ]
        ).code == 0)
      let peaks = run.records.compactMap { record -> (iteration: Int, bytes: Int)? in
        guard case .iteration(let iteration) = record else { return nil }
        return (iteration.iteration, iteration.residentBytes)
      }
      try #require(peaks.map(\.iteration) == Array(0...10))
      let growth = Double(peaks[10].bytes) / Double(peaks[1].bytes)
      #expect(growth <= 1.01, "peaks in bytes: \(peaks.map(\.bytes))")
    }

    @Test func putsOnRecordWhatTheContractSays() throws {
      let run = try SmallRun()
      let outcome = try run(ranks: 2)
      let lines = try run.lines()
      let epochs = ["epoch", "epoch"]
      #expect(
        lines.compactMap { $0["event"] as? String }
          == epochs + ["iteration", "prune"] + epochs + ["iteration", "prune"] + epochs
          + ["iteration", "end"])
      for line in lines {
        let event = try #require(line["event"] as? String)
        let missing = (Self.keys[event] ?? []).filter { line[$0] == nil }
        #expect(missing.isEmpty, "\(event)")
        for (key, value) in line where key.contains("accuracy") {
          let accuracy = try #require(value as? Double)
          #expect((0...1).contains(accuracy), "\(key)")
        }
      }
      let state = try #require(lines.last?["state_sha256"] as? String)
      #expect(state.wholeMatch(of: /[0-9a-f]{64}/) != nil)
      #expect(outcome.output.hasSuffix("\nstate \(state)\n"))
    }

    private static let keys = [
      "epoch": [
        "phase", "iteration", "epoch", "loss", "accuracy", "validation_accuracy",
        "images_per_second", "seconds", "compute_seconds", "communication_seconds", "bytes_sent",
      ],
      "prune": [
        "iteration", "kept", "total", "density", "compression", "kept_flops", "total_flops",
        "validation_accuracy_before", "seconds", "mask_sha256",
      ],
      "end": ["iteration", "test_accuracy", "kept", "total", "state_sha256", "seconds"],
    ]

    @Test func learns() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      let losses = run.records.compactMap {
        if case .epoch(let epoch) = $0 { epoch.loss } else { nil }
      }
      #expect(losses.count == 6)
      #expect(losses[1] < losses[0])
      #expect(try #require(run.end?.testAccuracy) > 0.5)
    }

    @Test func isNotRunAgainOnceItIsFinished() throws {
      let run = try SmallRun()
      let first = try run(ranks: 2)
      let before = try modificationDates(run.folder)
      let second = try run.again(ranks: 2)
      #expect(second.code == 0)
      #expect(try modificationDates(run.folder) == before)
      #expect(first.output.contains("← chosen"))
      #expect(second.output.hasSuffix(first.output))
      #expect(second.output.hasPrefix("This run is finished"))
    }

    private func modificationDates(_ folder: String) throws -> [String: Date] {
      var dates: [String: Date] = [:]
      for file in try FileManager.default.subpathsOfDirectory(atPath: folder) {
        let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(file)")
        dates[file] = try #require(attributes[.modificationDate] as? Date)
      }
      return dates
    }
  }
}
