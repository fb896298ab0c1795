import Communication
import Tensors

extension Forecast {
  /// What the parts of a run cost.
  struct Costs {
    var phases: [ForecastResult.Phase]
    var pruning: Double
    var seconds: Double
  }

  /// The row of the table for `ranks` ranks.
  func row(_ ranks: Int, _ measured: Measured) -> ForecastResult.Step {
    let cluster = cluster.with(ranks: ranks)
    let (compute, traffic) = (compute(cluster, measured), traffic(density: 1))
    let communication = traffic.seconds(images: recipe.training.batch, on: cluster)
    let (seconds, one) = (
      compute + communication, self.compute(cluster.with(ranks: 1), measured)
    )
    return ForecastResult.Step(
      ranks: ranks, blocks: blocks(ranks), seconds: seconds, computeSeconds: compute,
      communicationSeconds: communication,
      bytesSent: traffic.bytes(images: recipe.training.batch, ranks: ranks),
      imagesPerSecond: Double(recipe.training.batch) / seconds,
      efficiency: one / seconds / Double(ranks), memory: memory(ranks: ranks).total,
      runSeconds: costs(on: cluster, measured).seconds,
      isMeasured: measured.blocks.contains(blocks(ranks)))
  }

  /// Seconds a step computes on the rank with most blocks; ranks that share cores share the time of
  /// all their blocks.
  private func compute(_ cluster: Cluster, _ measured: Measured, density: Double = 1) -> Double {
    let most = blocks(cluster.ranks)
    let all = Double(LaneBlocks.count(forImages: recipe.training.batch))
    let seconds = measured.times.seconds(blocks: most) * measured.share(density)
    guard cluster.ranksPerCore > 1 else { return seconds }
    return seconds * max(1, all / Double(most) / Double(cluster.cores))
  }

  private func traffic(density: Double) -> StepTraffic {
    let norms = unpruned.layout.groups.filter { $0.kind == .batchNorm }.map(\.units)
    let (all, total) = (Double(unpruned.parameters.count), Double(unpruned.total))
    let segments = ParameterSegments(layers: unpruned.parameterRanges, rank: 0, worldSize: 1)
    // Batch norms stay, and buckets shrink alike, as far as anybody knows.
    let share = (all - total + total * density) / all
    return StepTraffic(
      buckets: segments.bucketSizes.map { Int((Double($0) * share).rounded()) },
      channels: recipe.training.batchNorm == .local ? [] : norms,
      clips: recipe.training.clipNorm > 0)
  }

  /// What a run costs, if each iteration keeps its share or, where it is given, `share` in all.
  func costs(
    on cluster: Cluster, _ measured: Measured, keeping share: Double? = nil
  ) -> Costs {
    let iterations = recipe.pruning.iterations
    let phases = (0...iterations).map { iteration in
      phase(
        iteration, density: share ?? density(ofIteration: iteration), cluster, measured)
    }
    let sweeps = measured.sweeps
    let pruning =
      Double(iterations)
      * (sweep(recipe.pruning.samples, sweeps.observation, cluster) + sweeps.pruning)
    let test = sweep(size.test, sweeps.evaluation, cluster)
    return Costs(
      phases: phases, pruning: pruning,
      seconds: phases.reduce(pruning + test) { $0 + $1.seconds })
  }

  private func phase(
    _ iteration: Int, density: Double, _ cluster: Cluster, _ measured: Measured
  ) -> ForecastResult.Phase {
    let batch = recipe.training.batch
    let epochs = iteration == 0 ? recipe.training.epochs : recipe.pruning.retrainEpochs
    let traffic = traffic(density: density)
    let step =
      compute(cluster, measured, density: density) + traffic.seconds(images: batch, on: cluster)
    let epoch =
      step * Double(training) / Double(batch)
      + sweep(validation, measured.sweeps.evaluation * measured.share(density), cluster)
    return ForecastResult.Phase(
      iteration: iteration, density: density, epochs: epochs, stepSeconds: step,
      epochSeconds: epoch, seconds: Double(epochs) * epoch,
      bytesSent: epochs
        * traffic.bytes(epochOver: training, batch: batch, ranks: cluster.ranks))
  }

  /// Seconds of a pass over `images` images, at so many a lane block.
  private func sweep(_ images: Int, _ seconds: Double, _ cluster: Cluster) -> Double {
    let blocks = LaneBlocks.count(forImages: images)
    let most = (blocks + cluster.ranks - 1) / cluster.ranks
    return Double(most) * seconds * cluster.ranksPerCore
  }
}
