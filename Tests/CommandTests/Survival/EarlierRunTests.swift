import Foundation
import TestSupport
import Testing

extension CommandTests {
  /// What an earlier version of the program wrote is read as if this one had written it.
  @Suite struct EarlierRunTests {
    private static let root = "\(Shell.root)/Tests/EarlierRuns"
    private static let state = "4dcd287b663572f5d425f57032007866fc0770e4301d43c9dfa6c1a21e2ed9ba"
    private let files: TemporaryFolder
    private let folder: String

    init() throws {
      files = try TemporaryFolder()
      folder = files.path + "/run"
    }

    /// The same command on a copy of the run folder `name`, whose own recipe it reads.
    private func again(_ name: String, more: [String] = []) throws -> Shell.Outcome {
      try? FileManager.default.removeItem(atPath: folder)
      try FileManager.default.copyItem(atPath: "\(Self.root)/\(name)", toPath: folder)
      let flags = [
        "--recipe", "\(Self.root)/\(name)/recipe.toml", "--output", folder, "--set",
        "data.path=\(Self.root)/images", "--set", "checkpoint.keep=100",
      ]
      return try Shell.run(["\(Shell.products)/relief-dist"] + flags + more)
    }

    private func hasState(_ outcome: Shell.Outcome) -> Bool {
      outcome.output.hasSuffix("state \(Self.state)\n")
    }

    @Test("its checkpoint is gone on with to the same state")
    func unfinished() throws {
      let outcome = try again("unfinished")
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(hasState(outcome), "\(outcome.output)")
      let metrics = try String(contentsOfFile: "\(folder)/metrics.jsonl", encoding: .utf8)
      let finished = try String(
        contentsOfFile: "\(Self.root)/finished/metrics.jsonl", encoding: .utf8)
      #expect(metrics.split(separator: "\n").count == finished.split(separator: "\n").count)
    }

    @Test("its checkpoint file is taken in another folder")
    func checkpointFile() throws {
      let checkpoint = "\(Self.root)/unfinished/checkpoints/step-00000070.safetensors"
      let outcome = try Shell.reliefDist(
        ranks: 1,
        [
          "--recipe", "\(Self.root)/unfinished/recipe.toml", "--output", files.path + "/other",
          "--set", "data.path=\(Self.root)/images", "--resume", checkpoint,
        ])
      #expect(outcome.code == 0 && hasState(outcome), "\(outcome.errors)")
    }

    @Test("its finished run is not run again")
    func finished() throws {
      let outcome = try again("finished")
      #expect(outcome.code == 0 && hasState(outcome), "\(outcome.errors)")
      #expect(outcome.output.contains("588 of 36,210 connections"))
      #expect(outcome.output.contains("This run is finished"), "\(outcome.errors)")
    }

    @Test("its checkpoint belongs to its recipe alone")
    func otherRecipe() throws {
      let outcome = try again("unfinished", more: ["--set", "training.seed=6"])
      #expect(outcome.code == 78)
      #expect(outcome.errors.contains("training.seed is 6, it was 5"), "\(outcome.errors)")
    }
  }
}
