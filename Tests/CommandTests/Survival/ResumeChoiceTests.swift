import Foundation
import Outcomes
import Storage
import TestSupport
import Testing

extension CommandTests {
  /// Which checkpoint a run goes on from, and which it will not.
  @Suite struct ResumeChoiceTests {
    private static let settings = FinishedRun.settings

    /// A run with checkpoints after 20, 24 and 28 of 30 steps, and no end on record.
    private func unfinished() throws -> (run: SmallRun, expected: Fingerprint) {
      let finished = try FinishedRun.once.get()
      let run = try SmallRun()
      try FileManager.default.copyItem(atPath: finished.run.folder, toPath: run.folder)
      let text = try String(contentsOfFile: run.metrics, encoding: .utf8)
      let lines = text.split(separator: "\n").dropLast().joined(separator: "\n") + "\n"
      try Data(lines.utf8).write(to: URL(fileURLWithPath: run.metrics))
      #expect(try run.checkpoints().count == 3)
      return (run, finished.fingerprint)
    }

    @Test(arguments: [1, 3])
    func theNewest(ranks: Int) throws {
      let (run, expected) = try unfinished()
      let outcome = try run.again(ranks: ranks, Self.settings)
      #expect(Fingerprint(run, outcome) == expected)
      #expect(outcome.errors == "going on after step 28\n")
    }

    @Test(arguments: [1, 3])
    func theOneBeforeWhereTheNewestIsDamaged(ranks: Int) throws {
      let (run, expected) = try unfinished()
      let names = try run.checkpoints()
      try OutputFile.cut("\(run.folder)/checkpoints/\(names[2])", to: 5000)
      let outcome = try run.again(ranks: ranks, Self.settings)
      #expect(Fingerprint(run, outcome) == expected)
      let lines = outcome.errors.split(separator: "\n")
      #expect(lines.count == 2)
      #expect(lines[0].contains(names[2]) && lines[0].hasSuffix("trying the one before"))
      #expect(lines[1] == "going on after step 24")
    }

    @Test func aNamedOne() throws {
      let (run, expected) = try unfinished()
      let oldest = try run.checkpoints()[0]
      for name in [oldest, "\(run.folder)/checkpoints/\(oldest)"] {
        let text = try String(contentsOfFile: run.metrics, encoding: .utf8)
        let outcome = try run.again(Self.settings, more: ["--resume", name])
        #expect(Fingerprint(run, outcome) == expected)
        #expect(outcome.errors == "going on after step 20\n")
        // The next round starts where this one did.
        try Data(text.utf8).write(to: URL(fileURLWithPath: run.metrics))
      }
    }

    /// In another folder records begin where it goes on, and so do the next checkpoints.
    @Test func oneOfAnotherFolder() throws {
      let finished = try FinishedRun.once.get()
      let run = try SmallRun()
      let checkpoints = "\(finished.run.folder)/checkpoints"
      let oldest = "\(checkpoints)/\(try finished.run.checkpoints()[0])"
      let outcome = try run.again(Self.settings, more: ["--resume", oldest])
      #expect(outcome.code == 0 && outcome.errors == "going on after step 20\n")
      #expect(run.end?.stateSha256 == finished.run.end?.stateSha256)
      let all = try finished.run.lines().compactMap { $0["event"] as? String }
      #expect(
        try run.lines().compactMap { $0["event"] as? String } == all.suffix(run.records.count))
      #expect(run.records.count < all.count)
      let networks = try Folder.names(in: "\(run.folder)/iterations").sorted()
      #expect(networks == ["1.safetensors", "2.safetensors"])
      // It is cut short, and goes on by itself.
      let text = try String(contentsOfFile: run.metrics, encoding: .utf8)
      try OutputFile.replace(
        run.metrics, with: Data(text.split(separator: "\n").dropLast().joined(separator: "\n").utf8)
      )
      let again = try run.again(Self.settings)
      #expect(again.errors == "going on after step 28\n")
      #expect(run.end?.stateSha256 == finished.run.end?.stateSha256)
    }

    @Test func notOneOfAnotherFolderOverRecordsOfItsOwn() throws {
      let (run, expected) = try unfinished()
      let finished = try FinishedRun.once.get().run
      let other = "\(finished.folder)/checkpoints/\(try finished.checkpoints()[0])"
      let outcome = try run.again(Self.settings, more: ["--resume", other])
      #expect(outcome.code == ExitCode.badConfiguration.rawValue)
      #expect(outcome.errors.contains("\(other): comes from another folder"), "\(outcome.errors)")
      #expect(try run.checkpoints().count == 3)
      #expect(Fingerprint(run, try run.again(Self.settings)) == expected)
    }

    @Test func none() throws {
      let (run, expected) = try unfinished()
      let outcome = try run.again(Self.settings, more: ["--resume", "never"])
      #expect(Fingerprint(run, outcome) == expected)
      #expect(outcome.errors.isEmpty)
    }

    /// What is refused stays as it was, whatever is asked of it.
    @Test(arguments: [
      (1, ["training.seed=1"], "training.seed is 1, it was 0", ExitCode.badConfiguration),
      (
        3, ["training.epochs=3", "pruning.samples=90"],
        "pruning.samples is 90, it was 100; training.epochs is 3, it was 2", .badConfiguration
      ),
      (1, ["data.path=other"], "data (SHA-256) is ", .badConfiguration),
    ])
    func notOneOfAnotherRun(
      ranks: Int, settings: [String], words: String, code: ExitCode
    ) throws {
      let (run, expected) = try unfinished()
      let other = try SmallRun(training: 500)
      let settings = settings.map { $0 == "data.path=other" ? "data.path=\(other.data)" : $0 }
      let refused = try run.again(ranks: ranks, Self.settings + settings)
      #expect(refused.code == code.rawValue)
      #expect(refused.errors.contains(words), "\(refused.errors)")
      #expect(refused.errors.split(separator: "\n").count == 1)
      // A recipe's care for the run may change.
      let outcome = try run.again(Self.settings + ["checkpoint.steps=1", "checkpoint.keep=1"])
      #expect(Fingerprint(run, outcome) == expected)
      #expect(try run.checkpoints().count == 1)
    }

    @Test(arguments: [
      (["--resume", "/nowhere/step-00000004.safetensors"], ExitCode.missingInput, "/nowhere/step"),
      (
        ["--resume", "{run}/iterations/0.safetensors"], .badDataFile, "is a network (lenet300-100)"
      ),
      (["--resume", "{run}/iterations"], .badDataFile, "is a folder, no checkpoint"),
      (
        ["--resume", "{run}"], .badDataFile,
        "is the folder of a run, no checkpoint; give it as --output"
      ),
    ])
    func notWhatIsNoCheckpoint(flags: [String], code: ExitCode, words: String) throws {
      let (run, _) = try unfinished()
      let flags = flags.map { $0.replacing("{run}", with: run.folder) }
      let outcome = try run.again(Self.settings, more: flags)
      #expect(outcome.code == code.rawValue)
      #expect(outcome.errors.contains(words) && outcome.errors.split(separator: "\n").count == 1)
    }

    @Test func notWithoutARecord() throws {
      let (run, _) = try unfinished()
      try FileManager.default.removeItem(atPath: run.metrics)
      let outcome = try run.again(Self.settings)
      #expect(outcome.code == ExitCode.badDataFile.rawValue)
      #expect(outcome.errors.contains("metrics.jsonl") && outcome.errors.contains("--resume never"))
    }

    @Test func noneAtAllWhereAllAreDamaged() throws {
      let (run, _) = try unfinished()
      for name in try run.checkpoints() {
        try OutputFile.cut("\(run.folder)/checkpoints/\(name)", to: 100)
      }
      let outcome = try run.again(ranks: 2, Self.settings)
      #expect(outcome.code == ExitCode.badDataFile.rawValue)
      #expect(outcome.errors.contains("--resume never"))
      #expect(outcome.errors.split(separator: "\n").count == 1)
    }
  }
}
