import ArgumentParser
import Communication
import Datasets
import Foundation
import Outcomes
import Recipes
import Reporting
import Runs
import Storage
import Tensors

/// From where a run goes on.
enum Resumption: ExpressibleByArgument, Equatable {
  /// From the newest checkpoint that is whole, if there is one.
  case auto
  /// From none: it starts over.
  case never
  /// From this one.
  case from(String)

  init?(argument: String) {
    switch argument {
    case "auto": self = .auto
    case "never": self = .never
    case "": return nil
    default: self = .from(argument)
    }
  }

  var defaultValueDescription: String { "auto" }
}

/// The root's part of a run: its folder, where it goes on from, and what reports on it.
struct RootRun {
  let directory: RunDirectory
  private let checkpoint: Checkpoint?
  /// The bytes of records that stay.
  private let metricsBytes: Int
  /// What the user should know.
  private let warnings: [String]

  /// Opens the folder of the run and looks for the checkpoint to go on from, which must meet
  /// `demand`. The folder is made, if need be, once everything else is right; nothing in it is
  /// changed yet.
  init(_ path: String, _ demand: CheckpointDemand, _ resumption: Resumption) throws {
    var checkpoint: Checkpoint?
    if case .from(let name) = resumption {
      checkpoint = try CheckpointFolder(RunDirectory.checkpoints(path)).named(
        UserPath.expanded(name, at: "--resume"), demand)
    }
    directory = try RunDirectory(path)
    var warnings = [directory.warning].compactMap(\.self)
    if resumption == .auto {
      checkpoint = try directory.checkpoints.newest(demand) { warnings.append($0) }
    }
    if resumption != .never { try directory.requireUnfinished() }
    metricsBytes = try checkpoint.map(directory.records(of:)) ?? 0
    if checkpoint == nil, resumption == .auto { try directory.requireRecords(of: demand) }
    self.checkpoint = checkpoint
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
    // In this order a run that is cut short in between is the one before, or one that begins.
    try directory.checkpoints.cut(after: checkpoint?.steps ?? -1)
    let log =
      metricsBytes > 0
      ? try MetricsLog(directory.metrics, after: metricsBytes) : try MetricsLog(directory.metrics)
    try directory.cutNetworks(after: checkpoint?.lastIteration ?? -1)
    try directory.describe(
      recipe, dataset, kernels, worldSize: communicator.worldSize, goesOn: checkpoint != nil)
    let records = MetricsLog.read(directory.metrics)
    let events = try EventFile(
      in: directory.path, recipe: recipe.text, after: checkpoint?.steps, records: records)
    let reporter = RunReporter(
      log: log, progress: quiet ? nil : ProgressLine(Terminal()),
      page: ReportFile(
        RunDirectory.report(directory.path), recipe, try RunDescription(of: directory.path)),
      events: events, records: records)
    for warning in warnings { reporter.warned(warning) }
    if let checkpoint { reporter.noticed("going on after step \(checkpoint.steps)") }
    return reporter
  }
}

extension RunDirectory {
  /// What is on record.
  private var records: [RunRecord] { MetricsLog.read(metrics) }

  /// Requires that no other job has come to the end of the run since this one looked.
  fileprivate func requireUnfinished() throws {
    guard !ResultTable(records).isFinished else {
      throw FileError.inUse(
        path: path, remedy: "it has just ended: start the same command again to see its table")
    }
  }

  /// How many bytes of its records `checkpoint` counts: none where it comes from another folder.
  /// - Throws: `FileError.damaged` where they are not there; `ConfigurationError` where the
  ///   checkpoint comes from another folder and there are records of a run of its own.
  fileprivate func records(of checkpoint: Checkpoint) throws -> Int {
    let isOwn =
      try Folder.identity(of: PathName.folder(of: checkpoint.path))
      == Folder.identity(of: checkpoints.path)
    if isOwn {
      try MetricsLog.requireLines(metrics, bytes: checkpoint.metricsBytes)
      return checkpoint.metricsBytes
    }
    guard records.isEmpty else {
      throw ConfigurationError(
        place: checkpoint.path,
        reason: """
          comes from another folder, and \(path) holds a run of its own; give another --output, or \
          one of \(checkpoints.path)
          """)
    }
    return 0
  }

  /// Requires what is on record, of a run that has no checkpoint yet and so starts over, to be of
  /// the same run.
  /// - Throws: `ConfigurationError` with what differs.
  fileprivate func requireRecords(of demand: CheckpointDemand) throws {
    guard !records.isEmpty, let earlier = try? Self.identity(of: path) else { return }
    try demand.identity.require(earlier, at: path)
  }
}
