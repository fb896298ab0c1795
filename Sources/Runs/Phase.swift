import Communication
import Machine
import Optimizers
import Recipes
import Tensors
import Training

/// One training of a network from its present weights: a fresh optimizer, a schedule, some epochs.
struct Phase {
  /// `train` or `retrain`.
  let name: String
  /// 0 for the unpruned network.
  let iteration: Int
  let epochs: Int
  let schedule: Schedule
  let recipe: Recipe
  let images: RunImages
  let observer: any RunObserver
  let audit: Audit
  let checkpointing: Checkpointing

  /// Trains the network of `state` from where its training stands, and leaves it with the weights
  /// of the best validation epoch, the first on ties; with those of the last epoch where nothing
  /// validates.
  /// - Throws: `NotFiniteError`, `StopRequested`; what ranks, observer and checkpoints throw.
  func train(_ state: inout RunState) throws {
    let inspector = state.replica.communicator.inspector
    try inspector.during(name) { try trainEpochs(&state) }
  }

  private func trainEpochs(_ state: inout RunState) throws {
    while state.training.epoch < epochs {
      try checkpointing.epochBegins(&state)
      let record = try trainEpoch(&state)
      try observer.record(.epoch(record), on: state.replica.communicator)
      state.endEpoch(validationAccuracy: record.validationAccuracy)
      if state.training.epoch < epochs { try checkpointing.epochEnded(&state) }
    }
    try audit.everything(of: state)
    state.training.best?.weights.restore(state.network)
    state.replica.renewChecksums()
    state.trained = RunState.Trained(
      validationAccuracy: state.training.best?.accuracy, stateHash: try state.replica.stateHash())
  }

  private func trainEpoch(_ state: inout RunState) throws -> RunRecord.Epoch {
    let epoch = state.training.epoch
    let randomKey = RandomKey(seed: recipe.training.seed, iteration: iteration, epoch: epoch)
    let batches = images.epoch(randomKey).batches(of: recipe.training.batch, at: randomKey)
    let replica = state.replica
    for (step, batch) in batches.enumerated().dropFirst(state.training.step) {
      let rate = schedule.rate(epoch: epoch, step: step) * state.rateFactor
      let tally = try state.training.meter.measure(replica) {
        try replica.step(batch, learningRate: rate)
      }
      state.count(tally)
      observer.stepped(progress(state, steps: batches.count))
      try audit.stepped(state)
      try checkpointing.stepped(&state)
    }
    try state.training.meter.addUp(replica.communicator)
    let measures = state.training.meter.measures
    try audit.epochEnded(state)
    try replica.agreeOnStatistics()
    let validation = try images.validation.map(replica.evaluate)
    let ranks = try rankShares(measures, replica.communicator)
    return RunRecord.Epoch(
      phase: name, iteration: iteration, epoch: epoch + 1, loss: measures.tally.loss,
      accuracy: measures.tally.accuracy, validationAccuracy: validation?.accuracy,
      imagesPerSecond: Double(measures.tally.images) / measures.seconds,
      seconds: measures.seconds, computeSeconds: measures.computeSeconds,
      communicationSeconds: measures.communicationSeconds, bytesSent: measures.bytesSent,
      slowestRank: measures.slowestRank, step: state.steps, ranks: ranks)
  }

  /// Times and memory of every rank that is there.
  private func rankShares(
    _ measures: EpochMeter.Measures, _ communicator: any Communicator
  ) throws -> [RunRecord.Epoch.Rank] {
    let own = [checkpointing.takeSeconds(), Double(ProcessMemory.residentBytes)]
    return try zip(measures.ranks ?? [], communicator.gather(own)).map { times, rank in
      RunRecord.Epoch.Rank(
        computeSeconds: times.computeSeconds, communicationSeconds: times.communicationSeconds,
        dataSeconds: times.dataSeconds, checkpointSeconds: rank[0], residentBytes: Int(rank[1]))
    }
  }

  private func progress(_ state: RunState, steps: Int) -> StepProgress {
    let own = state.training.meter.own
    return StepProgress(
      iteration: iteration, iterations: recipe.pruning.iterations, epoch: state.training.epoch + 1,
      epochs: epochs, laterEpochs: recipe.pruning.retrainEpochs, step: state.training.step,
      steps: steps, batch: recipe.training.batch, loss: own.loss, accuracy: own.accuracy,
      density: state.network.density)
  }
}

extension RunState {
  /// Counts a step of the training.
  fileprivate mutating func count(_ step: BlockPartials) {
    training.meter.count(step)
    training.step += 1
    steps += 1
  }

  /// Ends an epoch; its weights are put aside where they are the best so far.
  fileprivate mutating func endEpoch(validationAccuracy: Double?) {
    training.epoch += 1
    training.step = 0
    training.meter = EpochMeter()
    guard let accuracy = validationAccuracy, accuracy > training.best?.accuracy ?? -1 else {
      return
    }
    let weights = training.best?.weights ?? Snapshot(network)
    weights.take(network)
    training.best = (accuracy, weights)
  }
}
