import Communication
import Datasets
import Networks
import Storage
import Tensors

/// A whole run: train, then prune and retrain, iteration by iteration, and test the chosen network.
public struct Run {
  private let recipe: Recipe
  private let dataset: Dataset
  private let images: RunImages
  private let kernels: KernelSet
  private let communicator: any Communicator
  private let observer: any RunObserver
  private let directory: any NetworkStore

  /// A run of `recipe` on `dataset`.
  ///
  /// - Parameter directory: where every iteration's network goes.
  /// - Throws: `ConfigurationError` where recipe, data and ranks do not fit together.
  public init(
    _ recipe: Recipe, dataset: Dataset, kernels: KernelSet, communicator: any Communicator,
    observer: any RunObserver, directory: any NetworkStore
  ) throws {
    try recipe.requireBlocks(worldSize: communicator.worldSize)
    try recipe.requireFit(dataset)
    self.recipe = recipe
    self.dataset = dataset
    self.images = try RunImages(dataset, recipe: recipe)
    self.kernels = kernels
    self.communicator = communicator
    self.observer = observer
    self.directory = directory
  }

  /// Runs to the end.
  /// - Returns: what goes last on record.
  /// - Throws: what training, ranks, observer and directory throw.
  public func callAsFunction() throws -> RunRecord.End {
    let clock = ContinuousClock.now
    var state = try start()
    var replica = replica(of: state.network)
    var accuracy = try recipe.firstTraining(images: images, observer: observer).train(replica)
    var hash = try replica.stateHash()
    var choice = Choice(tolerance: recipe.pruning.tolerance)
    try keep(state.network, iteration: 0, accuracy, &choice)

    var stopped: String?
    for number in 1..<recipe.pruning.iterations + 1 {
      let iteration = PruningIteration(
        number: number, recipe: recipe, images: images, communicator: communicator,
        observer: observer)
      switch try iteration(state, &replica, validationAccuracy: accuracy) {
      case .pruned(let smaller, let validated):
        (state, accuracy, hash) = (smaller, validated, try replica.stateHash())
        try keep(state.network, iteration: number, accuracy, &choice)
        continue
      case .disconnects(let layer):
        stopped =
          "iteration \(number) would take the last weight of \(layer); pruning ends with iteration \(number - 1)"
      }
      break
    }
    if let stopped { observer.noticed(stopped) }
    let end = try finish(choice, stateHash: hash, stopped: stopped, since: clock)
    try observer.recorded(.end(end))
    return end
  }

  private func start() throws -> PrunableNetwork {
    guard let make = Architecture.known[recipe.network.name] else {
      throw ConfigurationError(
        place: "network.name", reason: "unknown network \(recipe.network.name)")
    }
    let architecture = make(dataset.training.shape, dataset.classes)
    let initial = Network.initialParameters(architecture, seed: recipe.training.seed)
    let blueprint = Blueprint(architecture)
    let network = Network(
      blueprint, mask: Mask(count: blueprint.layout.count), parameters: initial.duplicate(),
      kernels: kernels, products: recipe.training.kernels)
    return PrunableNetwork(network: network, initial: initial)
  }

  private func replica(of network: Network) -> Replica {
    Replica(
      network, batch: recipe.training.batch, optimizer: recipe.optimizer,
      communicator: communicator)
  }

  private func keep(
    _ network: Network, iteration: Int, _ accuracy: Double?, _ choice: inout Choice
  ) throws {
    choice.consider(network, iteration: iteration, accuracy: accuracy)
    try directory.store(network, iteration: iteration)
    let (kept, total) = (network.kept, network.total)
    let resident = try communicator.gather([Double(ProcessMemory.peakResidentBytes)])
    try observer.recorded(
      .iteration(
        RunRecord.Iteration(
          iteration: iteration, kept: kept, total: total, density: Double(kept) / Double(total),
          compression: Double(total) / Double(kept), validationAccuracy: accuracy,
          residentBytes: resident.map { Int($0[0]) }.max() ?? 0)))
  }

  private func finish(
    _ choice: Choice, stateHash hash: String, stopped: String?, since clock: ContinuousClock.Instant
  ) throws -> RunRecord.End {
    guard let chosen = choice.chosen else {
      throw ReplicaError(what: "no network was kept")
    }
    try directory.storeFinal(chosen.network, iteration: chosen.iteration)
    let tested = try replica(of: chosen.network).evaluate(images.test)
    return RunRecord.End(
      iteration: chosen.iteration, testAccuracy: tested.accuracy,
      kept: chosen.network.kept, total: chosen.network.total, stateSha256: hash,
      seconds: (ContinuousClock.now - clock) / .seconds(1), stopped: stopped)
  }
}
