import Datasets
import Foundation
import Networks
import Optimizers
import Recipes
import Runs
import Tensors
import Training

extension Checks {
  /// Replicas hold the same after steps of full and of short batches, in which some ranks have
  /// nothing.
  func batchNorms() {
    check("replicas with synchronised batch norms") {
      let replica = try trained(.synchronised)
      try expectEqual(replica.network.parameters, "parameters")
      try expectEqual(replica.network.statistics, "running moments")
    }
    check("replicas with local batch norms") {
      let replica = try trained(.local)
      try expectEqual(replica.network.parameters, "parameters")
      let moments = try gathered(replica.network.statistics)
      try expect(Set(moments).count, worldSize, "running moments before ranks agree")
      try replica.agreeOnStatistics()
      try expectEqual(replica.network.statistics, "running moments")
      try expect(Array(replica.network.statistics.elements), mean(moments), "running moment")
    }
    check("a run with local batch norms") { try runWithLocalBatchNorms() }
  }

  /// Every network that a run keeps, with its running moments, is the same on every rank; and a run
  /// that goes on from the root's checkpoint of any step ends as the one that was never cut short.
  private func runWithLocalBatchNorms() throws {
    var recipe = Recipe()
    recipe.network.name = "resnet20"
    recipe.data.validation = 20
    recipe.training.epochs = 1
    recipe.training.batchNorm = .local
    recipe.pruning.iterations = 1
    recipe.pruning.retrainEpochs = 1
    recipe.pruning.samples = 20
    recipe.pruning.rewind = false
    recipe.checkpoint.steps = 1
    recipe.safety.auditSteps = 1
    let keeper = Keeper()
    let end = try run(recipe, keeper)
    try expect(keeper.networks.count, 2, "networks kept")
    for network in keeper.networks {
      try expectEqual(network.parameters, "parameters")
      try expectEqual(network.statistics, "running moments")
    }
    try expect(keeper.checkpoints.count >= 4, true, "a checkpoint after every step")
    for checkpoint in keeper.checkpoints {
      let file = try communicator.broadcast(fromRoot: {
        [UInt8](try checkpoint.sealed().encoded())
      })
      let checkpoint = try Checkpoint(Data(file), path: "checkpoint")
      let resumed = try run(recipe, Keeper(), from: checkpoint)
      try expect(
        resumed.stateSha256, end.stateSha256, "state of the run from step \(checkpoint.steps)")
    }
  }

  /// A run of two batches an epoch.
  private func run(
    _ recipe: Recipe, _ keeper: Keeper, from checkpoint: Checkpoint? = nil
  ) throws -> RunRecord.End {
    let images = ImageSet.synthetic(
      count: 150, shape: FeatureShape(channels: 3, height: 8, width: 8), classes: 10)
    return try Run(
      recipe, dataset: try Dataset(name: "noise", classes: 10, training: images, test: images),
      kernels: KernelSet.available[0], communicator: communicator, observer: keeper,
      networks: keeper, checkpoints: keeper, from: checkpoint
    ).run()
  }

  private static let batch = 120

  /// A small network after four steps.
  private func trained(_ batchNorm: BatchNormScope) throws -> Replica {
    let shape = FeatureShape(channels: 1, height: 5, width: 4)
    let architecture = Architecture(
      name: "small", input: shape, classes: 3,
      layers: [
        .convolution("maps", filters: 4, kernel: 3, padding: 1, bias: false), .batchNorm("norm"),
        .rectifier, .globalAveragePool, .dense("classes", neurons: 3),
      ])
    let network = Network(
      architecture, mask: Mask(count: ConnectionLayout(architecture).count),
      parameters: Network.initialParameters(architecture, seed: 1),
      kernels: KernelSet.available[0])
    let replica = Replica(
      network, batch: Self.batch,
      optimizer: OptimizerSettings(kind: .sgd, weightDecay: 0, momentum: 0.9),
      batchNorm: batchNorm, communicator: communicator)
    let images = ImageSet.synthetic(count: 150, shape: shape, classes: 3)
    let batches = Subset(images, order: Array(0..<150)).batches(of: Self.batch)
    for step in 0..<4 { _ = try replica.step(batches[step % 2], learningRate: 0.1) }
    return replica
  }

  private func gathered(_ buffer: FloatBuffer) throws -> [[Double]] {
    try communicator.gather(buffer.elements.map(Double.init))
  }

  /// Requires of all ranks to hold the same bits.
  private func expectEqual(_ buffer: FloatBuffer, _ what: String) throws {
    for other in try gathered(buffer) {
      try expect(buffer.elements.map(Double.init), other, "\(what) of another rank")
    }
  }

  /// The mean over ranks; of a batch of 120 a rank holds 16 images a block, the last one 8.
  private func mean(_ moments: [[Double]]) -> [Float] {
    let images = ranks.map {
      BlockShare(images: Self.batch, rank: $0, worldSize: worldSize).imageRange.count
    }
    return moments[0].indices.map { index in
      let sum = ranks.reduce(0) { $0 + Double(images[$1]) * moments[$1][index] }
      return Float(sum / Double(Self.batch))
    }
  }
}
