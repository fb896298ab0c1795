import Communication
import Datasets
import Machine
import Networks
import Recipes
import Tensors
import Training

/// A whole run: train, then prune and retrain, iteration by iteration, and test the chosen network.
package struct Run {
  let recipe: Recipe
  private let dataset: Dataset
  private let images: RunImages
  private let kernels: KernelSet
  let communicator: any Communicator
  let observer: any RunObserver
  private let networks: PatientStore
  private let checkpoint: Checkpoint?
  private let audit: Audit
  let checkpointing: Checkpointing

  /// A run of `recipe` on `dataset`.
  ///
  /// - Parameter networks: where every iteration's network goes.
  /// - Parameter checkpoints: where it is saved.
  /// - Parameter checkpoint: where it goes on; without, it starts.
  /// - Throws: `ConfigurationError` where recipe, data, ranks and checkpoint do not fit together;
  ///   `FileError.damaged` where the checkpoint is none of such a run.
  package init(
    _ recipe: Recipe, dataset: Dataset, kernels: KernelSet, communicator: any Communicator,
    observer: any RunObserver, networks: any NetworkStore, checkpoints: any CheckpointStore,
    from checkpoint: Checkpoint? = nil
  ) throws {
    try recipe.requireBlocks(worldSize: communicator.worldSize)
    try recipe.requireFit(dataset)
    let images = try RunImages(dataset, recipe: recipe)
    let demand = try CheckpointDemand(
      recipe, dataset: dataset, images: images, worldSize: communicator.worldSize)
    try checkpoint?.require(demand)
    let networks = PatientStore(networks)
    self.recipe = recipe
    self.dataset = dataset
    self.images = images
    self.kernels = kernels
    self.communicator = communicator
    self.observer = observer
    self.networks = networks
    self.checkpoint = checkpoint
    self.audit = Audit(steps: recipe.safety.auditSteps)
    self.checkpointing = Checkpointing(
      demand, communicator: communicator, observer: observer, store: checkpoints,
      networks: networks, audit: audit)
  }

  /// Runs to the end, or until it is asked to stop.
  /// - Returns: what goes last on record.
  /// - Throws: `Interruption` after a last checkpoint; what training, ranks, observer and stores
  ///   throw.
  package func run() throws -> RunRecord.End {
    var state = try begin()
    communicator.inspector.step = state.steps
    do { return try complete(&state) } catch is StopRequested {
      try stop(&state)
      throw Interruption(steps: state.steps)
    }
  }

  private func complete(_ state: inout RunState) throws -> RunRecord.End {
    var stopped: String?
    repeat {
      if state.trained == nil { try train(&state) }
      guard state.iteration < recipe.pruning.iterations else { break }
      stopped = try prune(&state)
    } while stopped == nil
    if let stopped { observer.noticed(stopped) }
    let end = try finish(&state, stopped: stopped)
    try saveResult { try observer.recorded(.end(end)) }
    return end
  }

  /// Does `work`, which writes what the run has come to.
  /// - Throws: `UnsavedError`; what ranks throw.
  private func saveResult(_ work: () throws -> Void) throws {
    do { try communicator.agree(work) } catch let failure
      as AgreedFailure
    {
      throw UnsavedError(reason: failure.message, outcome: "the result is not saved")
    }
  }

  /// The checkpoint's state, or that of an unpruned network with initial weights.
  private func begin() throws -> RunState {
    let unpruned = try unpruned()
    if let checkpoint {
      return try checkpoint.state(of: recipe, unpruned: unpruned, communicator: communicator)
    }
    return RunState(
      prunable: PrunableNetwork(
        network: unpruned, initial: recipe.pruning.rewind ? unpruned.parameters.duplicate() : nil),
      replica: Replica(unpruned, recipe, communicator),
      modelSelection: ModelSelection(tolerance: recipe.pruning.tolerance))
  }

  func unpruned() throws -> Network {
    Network.unpruned(
      Graph(try recipe.architecture(for: dataset)), seed: recipe.training.seed,
      by: recipe.training.initialisation, kernels: kernels,
      engine: recipe.training.engine)
  }

  /// Trains the network and keeps what came of it.
  private func train(_ state: inout RunState) throws {
    let phase = recipe.phase(
      state.iteration, images: images, observer: observer, audit: audit,
      checkpointing: checkpointing)
    try recovering(&state) { try phase.train(&$0) }
    try keep(&state)
    try checkpointing.iterationEnded(&state)
  }

  /// Prunes the trained network.
  /// - Returns: nil; where it cannot be pruned any more, why.
  private func prune(_ state: inout RunState) throws -> String? {
    let number = state.iteration + 1
    let iteration = PruningIteration(
      number: number, recipe: recipe, images: images, communicator: communicator,
      observer: observer)
    try audit.everything(of: state)
    let disconnected = try iteration.prune(&state)
    try audit.everything(of: state)
    return disconnected.map { layer in
      """
      iteration \(number) would leave nothing of the image to \(layer); pruning ends with \
      iteration \(number - 1)
      """
    }
  }

  private func keep(_ state: inout RunState) throws {
    let (network, accuracy) = (state.network, state.trained?.validationAccuracy)
    state.modelSelection.consider(
      network, iteration: state.iteration, accuracy: accuracy, of: images.validation?.count ?? 0)
    let iteration = state.iteration
    let trouble = try communicator.agree {
      try networks.store(network, iteration: iteration)
    }
    if let trouble { observer.warned("\(trouble); it is written with the next; going on") }
    let (kept, total) = (network.kept, network.total)
    let resident = try communicator.gather([Double(ProcessMemory.peakResidentBytes)])
    let record = RunRecord.Iteration(
      iteration: iteration, kept: kept, total: total,
      density: Double(kept) / Double(total), compression: Double(total) / Double(kept),
      validationAccuracy: accuracy, residentBytes: resident.map { Int($0[0]) }.max() ?? 0,
      step: state.steps)
    try observer.record(.iteration(record), on: communicator)
  }

  private func finish(_ state: inout RunState, stopped: String?) throws -> RunRecord.End {
    guard let (chosen, iteration) = state.modelSelection.chosen, let trained = state.trained else {
      preconditionFailure("a run ends without a network that it kept")
    }
    try audit.everything(of: state)
    try saveResult { try networks.storeFinal(chosen, iteration: iteration) }
    let clocks = checkpointing.clocks(of: state)
    state.replaceReplica { Replica(chosen, recipe, communicator) }
    let tested = try state.replica.evaluate(images.test)
    return RunRecord.End(
      iteration: iteration, testAccuracy: tested.accuracy, kept: chosen.kept, total: chosen.total,
      stateSha256: trained.stateHash, seconds: clocks.run, checkpointSeconds: clocks.checkpoints,
      stopped: stopped)
  }
}
