import Foundation
import Storage
import TestSupport
import Testing

extension CommandTests {
  /// What `evaluate` says of the networks that a run leaves.
  @Suite struct EvaluateTests {
    private func evaluate(
      _ run: SmallRun, _ flags: [String], model: String? = nil, ranks: Int = 1
    ) throws -> Shell.Outcome {
      let words = ["evaluate", model ?? run.folder] + flags
      return
        (ranks == 1
        ? try Shell.run(["\(Shell.products)/relief-dist"] + words)
        : try Shell.reliefDist(ranks: ranks, words)).without(SmallRun.announcement)
    }

    /// Of which times are no part.
    private func numbers(_ outcome: Shell.Outcome) throws -> NSDictionary {
      let line = try #require(try JSON.lines(outcome.output).first)
      return line.filter { !$0.key.contains("seconds") && !$0.key.contains("second") }
        as NSDictionary
    }

    @Test func numbersAreThoseOfTheRunAtAnyNumberOfRanks() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      let csv = run.data + "/predictions.csv"
      let alone = try evaluate(run, ["--json", "--predictions", csv])
      #expect(alone.code == 0, "\(alone.errors)")
      let table = try String(contentsOfFile: csv, encoding: .utf8)
      let expected = try numbers(alone)
      #expect(expected["accuracy"] as? Double == run.end?.testAccuracy)
      #expect(expected["kept"] as? Int == run.end?.kept)
      #expect(expected["images"] as? Int == 100)
      for ranks in [2, 3, 8] {
        let outcome = try evaluate(run, ["--json", "--predictions", csv], ranks: ranks)
        #expect(outcome.code == 0, "\(outcome.errors)")
        #expect(try numbers(outcome) == expected)
        #expect(try String(contentsOfFile: csv, encoding: .utf8) == table)
      }
    }

    @Test func filesHoldWhatTheSummaryCounts() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      let (csv, confusion) = (run.data + "/predictions.csv", run.data + "/confusion.csv")
      let outcome = try evaluate(
        run, ["--json", "--predictions", csv, "--confusion", confusion, "--split", "validation"])
      let summary = try #require(try JSON.lines(outcome.output).first)
      #expect(summary["images"] as? Int == 50)
      let rows = try String(contentsOfFile: csv, encoding: .utf8).split(separator: "\n").map {
        $0.split(separator: ",")
      }
      #expect(rows[0].prefix(4) == ["image", "label", "prediction", "logit_0"] && rows.count == 51)
      var right = 0
      for row in rows.dropFirst() {
        let logits = try row.dropFirst(3).map { try #require(Float($0)) }
        let largest = try #require(logits.max())
        #expect(row[2] == "\(try #require(logits.firstIndex(of: largest)))")
        right += row[1] == row[2] ? 1 : 0
      }
      #expect(summary["accuracy"] as? Double == Double(right) / 50)
      let counts = try String(contentsOfFile: confusion, encoding: .utf8).split(separator: "\n")
        .dropFirst().map { Array($0.split(separator: ",").dropFirst().compactMap { Int($0) }) }
      #expect(counts.joined().reduce(0, +) == 50)
      #expect(counts.indices.reduce(0) { $0 + counts[$1][$1] } == right)
    }

    @Test func twoModelsAreComparedInTurns() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      let dense = run.folder + "/iterations/0.safetensors"
      for (other, isSame) in [(run.folder + "/final.safetensors", true), (dense, false)] {
        let outcome = try evaluate(run, ["--json", "--against", other], ranks: 2)
        let summary = try #require(try JSON.lines(outcome.output).first)
        let against = try #require(summary["against"] as? [String: Any])
        let different = try #require(against["different_predictions"] as? Int)
        #expect(isSame ? different == 0 : different >= 0)
        #expect(against["kept"] as? Int == (isSame ? run.end?.kept : 266_610))
      }
    }

    @Test func modelFilesAreUsedAlone() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      let folder = try TemporaryFolder()
      let path = folder.path + "/model.safetensors"
      try FileManager.default.moveItem(atPath: run.folder + "/final.safetensors", toPath: path)
      let whole = try evaluate(run, ["--json"], model: path)
      #expect(whole.code == 0, "\(whole.errors)")
      // The run, whose end is gone, still has its iterations.
      let unfinished = try evaluate(run, ["--json"])
      #expect(unfinished.code == 0)
      #expect(unfinished.errors.contains("has not come to its end: this is its newest network"))
      #expect(try numbers(unfinished) == numbers(whole))
      // What another program has written says nothing of itself.
      var file = try Safetensors(path: path)
      file.metadata = [:]
      try folder.write([UInt8](try file.encoded()), to: "model.safetensors")
      let bare = try evaluate(run, ["--json"], model: path)
      #expect(bare.code == 78 && bare.errors.contains("give --recipe"))
      let told = try evaluate(
        run, ["--json", "--recipe", "lenet300-mnist", "--set", "data.path=\(run.data)"],
        model: path)
      #expect(try numbers(told)["accuracy"] as? Double == run.end?.testAccuracy)
    }

    @Test func homeFoldersAreUnderstood() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      for model in ["~/run", "~/run/final.safetensors"] {
        let outcome = try Shell.run(
          ["\(Shell.products)/relief-dist", "evaluate", model, "--json"],
          environment: ["HOME": run.data])
        #expect(outcome.code == 0, "\(outcome.errors)")
      }
    }

    @Test(arguments: [1, 2]) func aSignalEndsIt(ranks: Int) throws {
      let run = try SmallRun(test: 60_000)
      #expect(try run().code == 0)
      let job = try Shell.startReliefDist(ranks: ranks, ["evaluate", run.folder])
      // Asked before it begins, it has not come to its end either.
      _ = job.wait { job.errors.contains(SmallRun.announcement) }
      job.send(SIGUSR2)
      let outcome = job.wait()
      #expect(outcome.code == 75, "\(outcome.errors)")
      #expect(outcome.output.isEmpty)
    }

    @Test func whatIsNoModelIsRefused() throws {
      let run = try SmallRun()
      #expect(try run().code == 0)
      let cases: [(model: String, flags: [String], code: Int32, words: String)] = [
        (run.data + "/none", [], 66, "not found"),
        (run.folder + "/run.json", [], 65, "no safetensors"),
        (run.folder, ["--iteration", "9"], 66, "have left a network: 0, 1, 2"),
        (run.folder + "/final.safetensors", ["--iteration", "1"], 78, "--iteration"),
        (run.data, [], 66, "final.safetensors: not found"),
        (run.folder, ["--split", "some"], 64, "--split"),
        (
          run.folder, ["--set", "data.validation=600", "--split", "training"], 78, "data.validation"
        ),
        (run.folder, ["--set", "data.validation=0", "--split", "validation"], 78, "--split"),
        (run.folder, ["--iteration=-1"], 64, "numbered from 0"),
        (run.folder, ["--predictions", run.folder + "/final.safetensors"], 78, "is what is read"),
        (
          run.folder, ["--predictions", run.data + "/x", "--confusion", run.data + "/x"], 78,
          "is that of --predictions"
        ),
        (run.folder, ["--predictions", "/dev/null"], 74, "it is a device"),
        (
          run.folder, ["--predictions", run.data + "/" + String(repeating: "x", count: 250)], 74,
          "give a shorter one"
        ),
        (
          run.folder, ["--set", "training.epochs=3"], 64,
          "training.epochs=3 sets nothing of the data"
        ),
        (run.folder, ["--predictions", run.data + "/no/such.csv"], 74, "make its folder first"),
        (run.folder, ["--confusion", run.data], 74, run.data),
        (run.folder, ["--against", run.data + "/none"], 66, "not found"),
      ]
      for (model, flags, code, words) in cases {
        let outcome = try evaluate(run, flags, model: model)
        #expect(outcome.code == code, "\(flags) \(outcome.errors)")
        #expect(outcome.errors.contains(words), "\(flags) \(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1 || code == 64, "\(outcome.errors)")
      }
    }
  }
}
