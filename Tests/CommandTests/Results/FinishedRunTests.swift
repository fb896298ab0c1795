import Foundation
import Outcomes
import Storage
import TestSupport
import Testing

extension CommandTests {
  /// A folder whose run is finished answers for that run only.
  @Suite struct FinishedRunTests {
    private static let settings = FinishedRun.settings

    /// A copy of a finished run.
    private func copy() throws -> (run: SmallRun, expected: Fingerprint) {
      let finished = try FinishedRun.once.get()
      let run = try SmallRun()
      try FileManager.default.copyItem(atPath: finished.run.folder, toPath: run.folder)
      return (run, finished.fingerprint)
    }

    /// Every file of the run with its bytes.
    private func files(_ run: SmallRun) throws -> [String: Data] {
      var files: [String: Data] = [:]
      for name in try FileManager.default.subpathsOfDirectory(atPath: run.folder) {
        files[name] = FileManager.default.contents(atPath: "\(run.folder)/\(name)")
      }
      try #require(files["metrics.jsonl"] != nil)
      return files
    }

    @Test(arguments: [1, 3])
    func isNotThatOfAnotherRecipe(ranks: Int) throws {
      let (run, _) = try copy()
      let before = try files(run)
      let outcome = try run.again(ranks: ranks, Self.settings + ["training.seed=1"])
      #expect(outcome.code == ExitCode.badConfiguration.rawValue)
      let words = "\(run.folder): belongs to another run: training.seed is 1, it was 0; "
      #expect(outcome.errors.hasPrefix("relief-dist: error: \(words)"), "\(outcome.errors)")
      #expect(outcome.output.isEmpty && outcome.errors.split(separator: "\n").count == 1)
      #expect(try files(run) == before)
    }

    @Test func isThatOfItsImagesAsLongAsTheyAreThere() throws {
      let (run, expected) = try copy()
      let other = try SmallRun(training: 500)
      let refused = try run.again(Self.settings + ["data.path=\(other.data)"])
      #expect(refused.code == ExitCode.badConfiguration.rawValue)
      #expect(refused.errors.contains("data (SHA-256) is "))
      let gone = try run.again(Self.settings + ["data.path=/nowhere"])
      #expect(gone.code == 0)
      #expect(gone.errors == "relief-dist: its images are not there to be compared\n")
      #expect(Fingerprint(run, gone) == expected)
    }

    /// Nothing of it is left where it starts over, not even what the new one does not write itself.
    @Test func startsOverWhereItIsTold() throws {
      let (run, expected) = try copy()
      try OutputFile.replace("\(run.folder)/iterations/11.safetensors", with: [1])
      let shorter = Self.settings + ["pruning.iterations=1"]
      let outcome = try run.again(shorter, more: ["--resume", "never"])
      #expect(outcome.code == 0 && Fingerprint(run, outcome) != expected)
      let names = try Folder.names(in: "\(run.folder)/iterations").sorted()
      #expect(names == ["0.safetensors", "1.safetensors"])
      #expect(try run.checkpoints().last == "step-00000020.safetensors")
    }

    /// What cannot be run is refused before anything is taken away for it.
    @Test func staysWhereTheNewOneIsRefused() throws {
      let (run, _) = try copy()
      let before = try files(run)
      for (setting, words) in [
        ("data.validation=700000", "700000 images to validate on"),
        ("network.name=lenet5\u{1B}", "lenet5\\u{1B}"),
        ("training.batch=0", "training.batch is 0"), ("data.path=/nowhere", "/nowhere"),
      ] {
        let outcome = try run.again(Self.settings + [setting], more: ["--resume", "never"])
        #expect(outcome.code == 78 || outcome.code == 66)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1)
      }
      #expect(try files(run) == before)
    }

    /// Three at once: one has the folder, and the others say so, or come when it has ended.
    @Test func isOneOfSeveralStarts() throws {
      let run = try SmallRun()
      let script = "for job in 1 2 3; do { \"$@\"; echo code $?; } & done; wait"
      let outcome = try Shell.run(
        ["bash", "-c", script, "bash", "\(Shell.products)/relief-dist"]
          + run.flags(Self.settings) + ["--quiet"])
      let codes = outcome.output.split(separator: "\n").filter { $0.hasPrefix("code ") }
      #expect(codes.count == 3 && codes.contains("code 0"))
      #expect(codes.allSatisfy { $0 == "code 0" || $0 == "code 74" }, "\(codes)")
      for line in outcome.errors.split(separator: "\n") {
        #expect(line.contains("\(run.folder): in use by a running job; "))
      }
      let last = try run.again(Self.settings)
      #expect(try Fingerprint(run, last) == FinishedRun.once.get().fingerprint)
    }
  }
}
