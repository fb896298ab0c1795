import ArgumentParser
import Communication
import Datasets
import Foundation
import Reporting
import Storage
import Tensors
import Training

/// `relief-dist run`: train, prune, retrain.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Train a network, prune it by activity and retrain it (default).",
    discussion: "Other subcommands: relief-dist help")

  @OptionGroup var choice: RecipeOptions

  @Option(help: ArgumentHelp("The run's folder (default: runs/NAME-HASH8).", valueName: "dir"))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Go on from the newest checkpoint (auto), from none (never), or from this one.",
      valueName: "auto|never|checkpoint"))
  var resume = Resumption.auto

  @Flag(help: "Show no progress, only the table.")
  var quiet = false

  @Flag(help: MachineCommand.mostRanksHelp)
  var mostRanks = false

  func run() throws {
    if mostRanks { Job.runAlone { print(try choice.load().mostRanks) } }
    Job.run { communicator in
      let recipe = try agreedRecipe(communicator)
      communicator.watch.limit = Double(recipe.safety.stallSeconds)
      let path = try output ?? RunDirectory.defaultPath(recipe)
      if try communicator.agreedFromRoot(describe: Job.describe, { showFinished(path) }) == [1] {
        return
      }
      let kernels = try communicator.agree(describe: Job.describe) {
        try recipe.requireBlocks(worldSize: communicator.worldSize)
        return try KernelChoice.fromEnvironment()
      }
      let dataset = try communicator.watch.during("data") {
        let dataset = try load(recipe.data, communicator)
        try communicator.requireSame(dataset)
        return dataset
      }
      try communicator.agree(describe: Job.describe) { try recipe.requireFit(dataset) }
      let root = try communicator.agree(describe: Job.describe) {
        communicator.isRoot
          ? try RootRun(path, recipe, dataset, resume, worldSize: communicator.worldSize) : nil
      }
      let checkpoint = try communicator.agreedFromRoot(describe: Job.describe) {
        try root?.checkpointBytes ?? []
      }
      let report = try communicator.agree(describe: Job.describe) {
        try root?.report(recipe, dataset, kernels, communicator, quiet: quiet)
      }
      let checkpoints = try CheckpointWriter(
        RunDirectory.checkpoints(path), keep: recipe.checkpoint.keep, communicator: communicator)
      let run = try communicator.agree(describe: Job.describe) {
        try Run(
          recipe, dataset: dataset, kernels: kernels, communicator: communicator,
          observer: report ?? SilentObserver(), networks: root?.directory ?? NoStore(),
          checkpoints: checkpoints,
          from: checkpoint.isEmpty ? nil : Checkpoint(Data(checkpoint), path: path))
      }
      _ = try run()
      report?.table.show(path: path)
    }
  }

  /// The recipe as rank 0 reads it, on every rank.
  private func agreedRecipe(_ communicator: any Communicator) throws -> Recipe {
    let bytes = try communicator.agreedFromRoot(describe: Job.describe) {
      let recipe = try choice.load()
      return Array((recipe.name + "\n" + recipe.text).utf8)
    }
    let parts = String(decoding: bytes, as: UTF8.self).split(separator: "\n", maxSplits: 1)
    return try Recipe(name: String(parts[0]), text: String(parts[1]))
  }

  /// The images, read by all ranks.
  private func load(_ data: Recipe.Data, _ communicator: any Communicator) throws -> Dataset {
    try Dataset.load(
      data.name, path: data.path, cache: data.cache,
      ranks: JobRanks(communicator, describe: Job.describe)
    ) { notice in
      if communicator.isRoot && !quiet { Job.say(notice) }
    }
  }

  /// Shows the table of a run that is finished already, and tells so by a 1.
  private func showFinished(_ path: String) -> [UInt8] {
    let table = ResultTable(MetricsLog.read("\(path)/metrics.jsonl"))
    guard table.isFinished else { return [0] }
    print("This run is finished; give another --output to run it again.\n")
    table.show(path: path)
    return [1]
  }
}

extension ResultTable {
  /// Prints the table and, as the last line, the state's hash.
  fileprivate func show(path: String) {
    print(text(path: path))
    print("state \(stateHash ?? "")")
  }
}

extension Communicator {
  /// Requires every rank to have read the same data.
  /// - Throws: `AgreedFailure` with code 81.
  fileprivate func requireSame(_ dataset: Dataset) throws {
    let hashes = try gather(Array(dataset.sha256.utf8))
    try agree(describe: Job.describe) {
      guard let other = hashes.firstIndex(where: { $0 != hashes[0] }) else { return }
      throw ReplicaError(
        what:
          "ranks 0 and \(other) read different \(dataset.name) images; copy the same files to all hosts"
      )
    }
  }
}
