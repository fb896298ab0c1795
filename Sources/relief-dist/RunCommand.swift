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
    commandName: "run", abstract: "Train a network, prune it by activity and retrain it (default).")

  @Option(help: "A recipe's name or TOML file.")
  var recipe = "lenet300-fashion"

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Set a key of the recipe; may be repeated.", valueName: "section.key=value"))
  var overrides: [String] = []

  @Flag(help: "Apply the recipe's [quick] table.")
  var quick = false

  @Option(help: ArgumentHelp("The run's folder (default: runs/NAME-HASH8).", valueName: "dir"))
  var output: String?

  @Flag(help: "Show no progress, only the table.")
  var quiet = false

  func run() throws {
    Job.run { communicator in
      let job = try communicator.agree(describe: Job.describe) { try prepare(communicator) }
      guard let job else { return }
      try communicator.agree(describe: Job.describe) {
        try job.directory?.describe(job.recipe, job.dataset, job.kernels, communicator)
      }
      let end = try job.run()
      if communicator.isRoot, let table = job.reporter?.table {
        print(table.text(path: job.directory?.path ?? ""))
        print("state \(end.stateSha256)")
      }
    }
  }

  /// What a rank needs for its part of the run.
  private struct Preparation {
    let recipe: Recipe
    let dataset: Dataset
    let kernels: KernelSet
    let directory: RunDirectory?
    let reporter: RunReporter?
    let run: Run
  }

  /// Recipe, data and folder; nil where the folder holds the finished run already.
  private func prepare(_ communicator: any Communicator) throws -> Preparation? {
    let recipe = try Recipe.load(
      recipe, folder: RecipeFolder.path, quick: quick, overrides: try overrides.map(entry))
    try recipe.requireBlocks(worldSize: communicator.worldSize)
    let path = try output ?? RunDirectory.defaultPath(recipe)
    let finished = ResultTable(MetricsLog.read("\(path)/metrics.jsonl"))
    if finished.isFinished {
      if communicator.isRoot {
        print("This run is finished; give another --output to run it again.\n")
        print(finished.text(path: path))
        print("state \(finished.stateHash ?? "")")
      }
      return nil
    }
    let dataset = try Dataset.load(recipe.data.name, path: recipe.data.path)
    let kernels = try KernelChoice.fromEnvironment()
    let directory = communicator.isRoot ? try RunDirectory(path) : nil
    let reporter = try directory.map {
      RunReporter(
        log: try MetricsLog($0.metrics), progress: quiet ? nil : ProgressLine(Terminal()))
    }
    let run = try Run(
      recipe, dataset: dataset, kernels: kernels, communicator: communicator,
      observer: reporter ?? SilentObserver(), directory: directory ?? NoStore())
    return Preparation(
      recipe: recipe, dataset: dataset, kernels: kernels, directory: directory, reporter: reporter,
      run: run)
  }

  private func entry(_ text: String) throws -> ConfigurationEntry {
    guard let separator = text.firstIndex(of: "="), separator != text.startIndex else {
      throw ConfigurationError(place: "--set \(text)", reason: "must be section.key=value")
    }
    return ConfigurationEntry(
      key: String(text[..<separator]),
      value: ConfigurationValue(parsing: String(text[text.index(after: separator)...])),
      place: "--set \(text)")
  }
}
