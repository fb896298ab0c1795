import Foundation
import TestSupport

/// A finished run with checkpoints and what it came to, for tests that take a copy of it.
struct FinishedRun: Sendable {
  let run: SmallRun
  let fingerprint: Fingerprint

  /// Checkpoints after each fourth of 30 steps; the last three are there.
  static let settings = ["checkpoint.steps=4", "checkpoint.epochs=0"]

  /// The one of this process.
  static let once = Result {
    let run = try SmallRun()
    return FinishedRun(run: run, fingerprint: Fingerprint(run, try run(settings)))
  }
}

extension SmallRun {
  /// Its `metrics.jsonl`.
  var metrics: String { "\(folder)/metrics.jsonl" }

  /// The names of its checkpoints, oldest first.
  func checkpoints() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "\(folder)/checkpoints")
      .filter { $0.hasSuffix(".safetensors") }.sorted()
  }
}
