import Communication
import Networks
import Storage
import Tensors

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

  /// Trains the replica's network and leaves it with the weights of the best validation epoch, the
  /// first on ties; with those of the last epoch where nothing validates.
  /// - Returns: the validation accuracy of these weights.
  /// - Throws: `NotFiniteError`; what ranks and observer throw.
  func train(_ replica: Replica) throws -> Double? {
    var best: (accuracy: Double, weights: Snapshot)?
    for epoch in 0..<epochs {
      let record = try train(replica, epoch: epoch)
      try observer.recorded(.epoch(record))
      if let accuracy = record.validationAccuracy, accuracy > best?.accuracy ?? -1 {
        let weights = best?.weights ?? Snapshot(replica.network)
        weights.take(replica.network)
        best = (accuracy, weights)
      }
    }
    best?.weights.restore(replica.network)
    return best?.accuracy
  }

  private func train(_ replica: Replica, epoch: Int) throws -> RunRecord.Epoch {
    var meter = EpochMeter(replica)
    let moment = Moment(seed: recipe.training.seed, iteration: iteration, epoch: epoch)
    let batches = images.epoch(moment).batches(of: recipe.training.batch, at: moment)
    for (step, batch) in batches.enumerated() {
      meter.count(
        try replica.step(batch, learningRate: schedule.rate(epoch: epoch, step: step)))
      observer.stepped(progress(meter, epoch: epoch, step: step, steps: batches.count, replica))
    }
    let measures = try meter.finish()
    guard measures.tally.loss.isFinite else {
      throw NotFiniteError(iteration: iteration, epoch: epoch + 1, loss: measures.tally.loss)
    }
    let validation = try images.validation.map(replica.evaluate)
    return RunRecord.Epoch(
      phase: name, iteration: iteration, epoch: epoch + 1, loss: measures.tally.loss,
      accuracy: measures.tally.accuracy, validationAccuracy: validation?.accuracy,
      imagesPerSecond: Double(measures.tally.images) / measures.seconds,
      seconds: measures.seconds, computeSeconds: measures.computeSeconds,
      communicationSeconds: measures.communicationSeconds, bytesSent: measures.bytesSent,
      slowestRank: measures.slowestRank)
  }

  private func progress(
    _ meter: EpochMeter, epoch: Int, step: Int, steps: Int, _ replica: Replica
  ) -> StepProgress {
    StepProgress(
      iteration: iteration, iterations: recipe.pruning.iterations, epoch: epoch + 1, epochs: epochs,
      laterEpochs: recipe.pruning.retrainEpochs,
      step: step + 1, steps: steps, batch: recipe.training.batch, loss: meter.own.loss,
      accuracy: meter.own.accuracy,
      density: replica.network.density)
  }
}
