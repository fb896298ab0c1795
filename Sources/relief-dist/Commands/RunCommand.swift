import ArgumentParser
import Communication
import Datasets
import Foundation
import Outcomes
import Recipes
import Reporting
import Runs
import Tensors

/// `relief-dist run`: train, prune, retrain.
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Train a network, prune it by activity and retrain it (default).",
    discussion: "Other subcommands: relief-dist help")

  @OptionGroup var choice: RecipeOptions

  @Option(help: ArgumentHelp("The run's folder (default: runs/NAME-HASH8).", valueName: "dir"))
  var output: PathArgument?

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
    if mostRanks { Job.runAlone { try StandardStream.output.print("\(choice.load().mostRanks)") } }
    Job.run { communicator in
      let recipe = try agreedRecipe(communicator)
      communicator.inspector.limit = Double(recipe.safety.stallSeconds)
      let path = try agreedPath(recipe, communicator)
      if try !showFinished(recipe, path, communicator) { try start(recipe, path, communicator) }
    }
  }

  /// Starts the run, or goes on with it. Everything is looked at before anything of an earlier one
  /// is changed.
  private func start(_ recipe: Recipe, _ path: String, _ communicator: any Communicator) throws {
    let kernels = try communicator.agree {
      try recipe.requireBlocks(worldSize: communicator.worldSize)
      return try KernelChoice.fromEnvironment()
    }
    let dataset = try Job.load(recipe.data, communicator, isQuiet: quiet)
    let demand = try communicator.agree {
      try recipe.requireFit(dataset)
      return try CheckpointDemand(
        recipe, dataset: dataset, images: RunImages(dataset, recipe: recipe),
        worldSize: communicator.worldSize)
    }
    if recipe.training.engine == .openblas {
      try communicator.requireSame(
        "OpenBLAS", BLASDenseProducts.name,
        remedy: "use hosts of one kind, or training.kernels = \"lane\"")
    }
    let root = try communicator.agreeOnRoot {
      try RootRun(path, demand, resume)
    }
    let checkpoint = try communicator.agreedFromRoot {
      try root?.checkpointBytes ?? []
    }
    let report =
      try communicator.agreeOnRoot {
        try root?.report(recipe, dataset, kernels, communicator, quiet: quiet)
      } ?? nil
    let checkpoints = try CheckpointWriter(
      RunDirectory.checkpoints(path), keep: recipe.checkpoint.keep, communicator: communicator)
    let run = try communicator.agree {
      try Run(
        recipe, dataset: dataset, kernels: kernels, communicator: communicator,
        observer: report ?? SilentObserver(), networks: root?.directory ?? NoStore(),
        checkpoints: checkpoints,
        from: checkpoint.isEmpty ? nil : Checkpoint(Data(checkpoint), path: path))
    }
    _ = try run.run()
    _ = try communicator.agreeOnRoot {
      try report?.table.show(path: path)
    }
  }

  /// The recipe as rank 0 reads it, on every rank.
  private func agreedRecipe(_ communicator: any Communicator) throws -> Recipe {
    let bytes = try communicator.agreedFromRoot {
      let recipe = try choice.load()
      return Array(recipe.name.utf8) + [0] + Array(recipe.text.utf8)
    }
    // No file's name has a character of number 0, but any other.
    let name = bytes.prefix { $0 != 0 }
    return try Recipe(
      name: String(decoding: name, as: UTF8.self),
      text: String(decoding: bytes.dropFirst(name.count + 1), as: UTF8.self))
  }

  /// The run's folder as rank 0 knows it, on every rank.
  private func agreedPath(_ recipe: Recipe, _ communicator: any Communicator) throws -> String {
    let bytes = try communicator.agreedFromRoot {
      let path = try output?.path(of: "--output") ?? RunDirectory.defaultPath(recipe)
      return Array(path.utf8)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Shows the table of a run that is finished already, which must be the same run; it need not
  /// have its images any more.
  /// - Returns: false where there is none, or where it is to start over.
  private func showFinished(
    _ recipe: Recipe, _ path: String, _ communicator: any Communicator
  ) throws -> Bool {
    let finished =
      try communicator.agreeOnRoot { () -> FinishedRun? in
        if resume != .never, let finished = try FinishedRun(path) {
          try finished.require(recipe, nil, worldSize: communicator.worldSize)
          return finished
        }
        try RunDirectory.requireUsable(path)
        return nil
      } ?? nil
    guard try communicator.broadcast([finished == nil ? 0 : 1]) == [1] else { return false }
    var dataset: Dataset?
    do { dataset = try Job.load(recipe.data, communicator, isQuiet: quiet) } catch let failure
      as AgreedFailure
      where failure.code == ExitCode.missingInput.rawValue
    {
      if communicator.isRoot { Job.say("relief-dist: its images are not there to be compared") }
    }
    _ = try communicator.agreeOnRoot {
      try finished?.require(recipe, dataset, worldSize: communicator.worldSize)
      try finished?.show()
    }
    return true
  }
}
