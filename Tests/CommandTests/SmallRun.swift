import Foundation
import Reporting
import Runs
import Storage
import TestSupport

/// A run of relief-dist that takes a second: two epochs and two pruning iterations on made-up
/// images in MNIST's layout, or one of each on images in CIFAR-10's.
struct SmallRun: Sendable {
  private let files: TemporaryFolder
  private let recipe: String
  private let settings: [String]
  /// Where the images lie.
  let data: String
  /// The run's folder.
  let folder: String

  /// A run on `training` images, 50 of them to validate on, so that 550 of 600 are trained on:
  /// batches of 120 leave 70 for the last, batches of 130 leave 30.
  init(training: Int = 600, test: Int = 100) throws {
    try self.init(
      recipe: "lenet300-mnist",
      settings: [
        "data.name=mnist", "data.validation=50", "training.epochs=2", "training.milestones=[1]",
        "pruning.iterations=2", "pruning.retrain_epochs=2", "pruning.retrain_milestones=[1]",
        "pruning.samples=100",
      ])
    try IDXBytes.write(to: files, training: training, test: test)
  }

  /// A run of a recipe for CIFAR-10 on `training` images, and 16 more to validate on.
  init(cifarRecipe recipe: String, training: Int) throws {
    try self.init(
      recipe: recipe,
      settings: [
        "data.validation=16", "training.epochs=1", "training.batch=120", "training.milestones=[]",
        "pruning.iterations=1", "pruning.retrain_epochs=1", "pruning.retrain_milestones=[]",
        "pruning.samples=20",
      ])
    try CIFARBytes.write(to: files, training: training + 16, test: 20)
  }

  private init(recipe: String, settings: [String]) throws {
    files = try TemporaryFolder()
    data = files.path
    folder = files.path + "/run"
    self.recipe = recipe
    self.settings = ["data.path=\(data)", "pruning.tolerance=1", "safety.audit_steps=2"] + settings
  }

  /// Makes all images black: no input is ever active, so that pruning would take all weights.
  func blacken() throws {
    for (prefix, count) in [("train", 600), ("t10k", 100)] {
      let black = [UInt8](repeating: 0, count: count * 28 * 28)
      try files.write(
        IDXBytes.file(axes: [count, 28, 28], elements: black), to: "\(prefix)-images-idx3-ubyte")
    }
  }

  /// The flags that make it small; `settings` come last.
  func flags(_ settings: [String] = []) -> [String] {
    ["--recipe", recipe, "--output", folder]
      + (self.settings + settings).flatMap { ["--set", $0] }
  }

  /// What is said of all made-up images: that they are a part of their data set.
  static let announcement = ": a part: "

  /// Runs it anew, whatever its folder holds; of standard error the announcement is left out.
  func callAsFunction(
    ranks: Int = 1, _ settings: [String] = [], more: [String] = [],
    environment: [String: String] = [:]
  ) throws -> Shell.Outcome {
    try? FileManager.default.removeItem(atPath: folder)
    return try again(ranks: ranks, settings, more: more, environment: environment)
  }

  /// Runs it with the folder as it is.
  func again(
    ranks: Int = 1, _ settings: [String] = [], more: [String] = [],
    environment: [String: String] = [:]
  ) throws -> Shell.Outcome {
    // mpirun takes longer to start and end than one rank runs; it is tested where it matters.
    let outcome =
      ranks == 1
      ? try Shell.run(
        ["\(Shell.products)/relief-dist"] + flags(settings) + more, environment: environment)
      : try Shell.reliefDist(ranks: ranks, flags(settings) + more, environment: environment)
    return outcome.without(Self.announcement)
  }

  /// Starts it with the folder as it is.
  func start(
    ranks: Int, _ settings: [String] = [], more: [String] = [], launcher: [String] = [],
    environment: [String: String] = [:]
  ) throws -> Job {
    try Shell.startReliefDist(
      ranks: ranks, launcher + flags(settings) + more, environment: environment)
  }

  /// What the run put on record.
  var records: [RunRecord] { MetricsLog.read("\(folder)/metrics.jsonl") }

  /// The pruning iterations on record.
  var prunes: [RunRecord.Prune] {
    records.compactMap { if case .prune(let prune) = $0 { prune } else { nil } }
  }

  /// The last thing on record.
  var end: RunRecord.End? {
    if case .end(let end) = records.last { end } else { nil }
  }

  /// The lines of `metrics.jsonl` as JSON.
  func lines() throws -> [[String: Any]] {
    try JSON.lines(try String(contentsOfFile: "\(folder)/metrics.jsonl", encoding: .utf8))
  }

  /// A network of the run.
  func network(_ name: String) throws -> Safetensors {
    try Safetensors(path: "\(folder)/\(name).safetensors")
  }
}

/// JSON as programs that know nothing of relief-dist read it.
enum JSON {
  /// An object a line.
  static func lines(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map { line in
      guard let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      else { throw CocoaError(.fileReadCorruptFile) }
      return object
    }
  }
}
