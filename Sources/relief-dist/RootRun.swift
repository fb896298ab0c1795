import ArgumentParser
import Communication
import Datasets
import Foundation
import Reporting
import Storage
import Tensors
import Training

/// From where a run goes on.
enum Resumption: ExpressibleByArgument {
  /// From the newest checkpoint that is whole, if there is one.
  case auto
  /// From none: it starts over.
  case never
  /// From this one.
  case from(String)

  init(argument: String) {
    switch argument {
    case "auto": self = .auto
    case "never": self = .never
    default: self = .from(argument)
    }
  }

  var defaultValueDescription: String { "auto" }
}

/// The root's part of a run: its folder, where it goes on from, and what reports on it.
struct RootRun {
  let directory: RunDirectory
  private let checkpoint: Checkpoint?
  /// Checkpoints that are damaged.
  private let warnings: [String]

  /// Opens the folder of the run and looks for the checkpoint to go on from; that must fit the run. What
  /// the run will write anew is not touched yet.
  init(
    _ path: String, _ recipe: Recipe, _ dataset: Dataset, _ resumption: Resumption, worldSize: Int
  ) throws {
    directory = try RunDirectory(path)
    var warnings: [String] = []
    switch resumption {
    case .auto: checkpoint = try directory.checkpoints.newest { warnings.append($0) }
    case .never: checkpoint = nil
    case .from(let name): checkpoint = try directory.checkpoints.named(name)
    }
    try checkpoint?.require(RunIdentity(recipe, dataset: dataset, worldSize: worldSize))
    self.warnings = warnings
  }

  /// The checkpoint as a file, for the other ranks; empty for none.
  var checkpointBytes: [UInt8] {
    get throws { try checkpoint.map { [UInt8](try $0.sealed().encoded()) } ?? [] }
  }

  /// Cuts the folder back to the checkpoint, writes what runs there, and makes the reporter.
  func report(
    _ recipe: Recipe, _ dataset: Dataset, _ kernels: KernelSet, _ communicator: any Communicator,
    quiet: Bool
  ) throws -> RunReporter {
    // First of all, so that a run that is cut short here does not go on from a later step.
    try directory.checkpoints.cut(after: checkpoint?.steps ?? -1)
    let log = try checkpoint.map { try MetricsLog(directory.metrics, after: $0.metricsBytes) }
    try directory.describe(recipe, dataset, kernels, worldSize: communicator.worldSize)
    let reporter = RunReporter(
      log: try log ?? MetricsLog(directory.metrics),
      progress: quiet ? nil : ProgressLine(Terminal()),
      table: ResultTable(MetricsLog.read(directory.metrics)))
    for warning in warnings { reporter.warned(warning) }
    if let checkpoint { reporter.noticed("going on after step \(checkpoint.steps)") }
    return reporter
  }
}
