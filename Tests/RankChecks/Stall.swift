import Communication
import Datasets
import Foundation
import Outcomes
import Recipes
import Runs
import Tensors

/// A small run in which a rank stops in a phase; with any luck the others notice and end it with
/// 82.
///
/// `rank-checks stall PHASE RANK FOLDER`, where a phase is one of `StallInspector`'s or `MPI_Init`;
/// checkpoints go to the folder.
struct Stall {
  private let phase: String
  private let stopped: Int
  private let folder: String

  /// Seconds that ranks wait.
  private static let limit = 1.0

  /// What the command line asks for, if it does.
  init?(_ arguments: [String]) {
    guard let place = arguments.firstIndex(of: "stall"), arguments.count == place + 4,
      let rank = Int(arguments[place + 2])
    else { return nil }
    (phase, stopped, folder) = (arguments[place + 1], rank, arguments[place + 3])
  }

  /// Runs and ends the process.
  func callAsFunction() -> Never {
    let own = ProcessInfo.processInfo.environment["OMPI_COMM_WORLD_RANK"]
    if phase == "MPI_Init", own == "\(stopped)" { raise(SIGSTOP) }
    do {
      // MPI may take seconds to start on a busy machine: the limit is for what comes after.
      let base = try MPICommunicator(
        limit: phase == "MPI_Init" ? Self.limit : StallInspector.defaultLimit)
      base.inspector.limit = Self.limit
      do {
        try run(base.rank == stopped ? StoppedRank(base, in: phase) : base)
        exit(0)
      } catch {
        FileHandle.standardError.write(Data("\(error)\n".utf8))
        base.abort(code: ((error as? any UserFacingError)?.exitCode ?? .internalError).rawValue)
      }
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit(1)
    }
  }

  private func run(_ communicator: any Communicator) throws {
    let shape = FeatureShape(channels: 1, height: 28, width: 28)
    let images = ImageSet.synthetic(count: 150, shape: shape, classes: 10)
    var recipe = Recipe()
    recipe.data.validation = 20
    recipe.training.epochs = 1
    recipe.pruning.iterations = 1
    recipe.pruning.retrainEpochs = 1
    recipe.pruning.samples = 20
    recipe.checkpoint.steps = 2
    let observer = Keeper()
    _ = try Run(
      recipe, dataset: try Dataset(name: "noise", classes: 10, training: images, test: images),
      kernels: KernelSet.available[0], communicator: communicator, observer: observer,
      networks: observer, checkpoints: CheckpointWriter(folder, keep: 1, communicator: communicator)
    ).run()
    try communicator.finish()
  }
}
