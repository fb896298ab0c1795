import Communication
import Datasets
import Networks
import Optimizers
import Tensors

/// One rank's copy of the network, with the buffers, the exchange and the optimizer that train it.
package final class Replica {
  /// The network.
  package let network: Network
  /// The ranks.
  package let communicator: any Communicator
  /// What this rank owns.
  package let segments: ParameterSegments
  /// Activations and gradients.
  package let workspace: Workspace
  /// Takes gradients to their owners and parameters back.
  package let exchange: GradientExchange
  /// Where the times of a step are noted, if anywhere.
  package var timeline: Timeline? {
    didSet { (exchange.timeline, loader.timeline) = (timeline, timeline) }
  }
  /// Floating-point operations of a step over all ranks, roughly.
  package let stepOperations: Int
  /// Images of a full batch over all ranks.
  let batch: Int
  /// Whose moments batch norms take.
  let batchNorm: BatchNormScope
  /// Where the ranks' moments are added up.
  private let momentSums: any BlockSum
  let loader: ImageLoader
  /// What is trained by.
  let loss: CrossEntropy
  /// What evaluations tell.
  private let plainLoss: CrossEntropy
  private var losses: BlockPartials
  private var shares: [Int: BlockShare] = [:]

  /// Steps the parameters that this rank owns.
  package var optimizer: any Optimizer { checkedOptimizer }
  /// And checks what it reads.
  let checkedOptimizer: CheckedOptimizer
  /// Checks the running moments.
  let statistics: CheckedStatistics
  /// What these have found.
  let log = FaultLog()
  /// What steps change on all ranks alike, and what they leave as it is.
  let shared, structure: [SharedTensor]

  /// A replica for batches of up to `batch` images over all ranks, with a fresh optimizer.
  ///
  /// - Parameters:
  ///   - labelSmoothing: the share of an image's label that is spread over all classes.
  ///   - clipNorm: the largest norm of a step's gradient, 0 for any.
  package init(
    _ network: Network, batch: Int, optimizer: OptimizerSettings,
    batchNorm: BatchNormScope = .synchronised, labelSmoothing: Double = 0, clipNorm: Double = 0,
    communicator: any Communicator
  ) {
    let worldSize = communicator.worldSize
    let full = BlockShare(images: batch, rank: communicator.rank, worldSize: worldSize)
    self.network = network
    self.communicator = communicator
    self.batch = batch
    self.batchNorm = batchNorm
    workspace = Workspace(
      network, blocks: full.count,
      partials: BlockShare.mostSubtrees(images: batch, worldSize: worldSize))
    segments = ParameterSegments(
      layers: network.parameterRanges, rank: communicator.rank, worldSize: worldSize,
      grain: clipNorm > 0 ? GradientClipping.chunk : 1)
    checkedOptimizer = CheckedOptimizer(
      optimizer.make(count: segments.ownedCount, kernels: network.kernels), network, segments, log)
    statistics = CheckedStatistics(network, log)
    exchange = GradientExchange(
      communicator, parameters: network.parameters, gradients: workspace.gradients,
      segments: segments, images: batch, optimizer: checkedOptimizer,
      clipping: clipNorm > 0
        ? GradientClipping(limit: clipNorm, communicator, segments, kernels: network.kernels) : nil,
      kernels: network.kernels)
    losses = BlockPartials(share: full, width: Tally.width)
    loader = ImageLoader(kernels: network.kernels)
    loss = CrossEntropy(kernels: network.kernels, labelSmoothing: labelSmoothing)
    plainLoss = CrossEntropy(kernels: network.kernels)
    momentSums = batchNorm == .local ? OwnBlockSum() : communicator
    stepOperations = network.stepOperations * batch
    structure = network.structure(workspace).map(\.withChecksum)
    shared =
      network.layered("parameters", network.parameters)
      + (batchNorm == .local ? [] : network.layeredStatistics("", network.statistics))
  }

  /// One training step.
  /// - Returns: losses and correct answers of this rank's blocks, before the step.
  /// - Throws: what the sums over ranks and the exchange throw.
  package func step(_ batch: Batch, learningRate: Double) throws -> BlockPartials {
    let share = share(ofImages: batch.order.count)
    load(batch, share)
    let logits = try forward(batch, share)
    losses.restart(share)
    loss.add(logits, loader.labels, share, gradient: workspace.logitsGradient, to: &losses)
    checkFinite(losses)
    optimizer.begin(learningRate: learningRate)
    try workspace.backward(share, sums: momentSums, timeline: timeline) { [exchange] in
      try exchange.add($0, share: $1)
    }
    try exchange.finish(share: share)
    return losses
  }

  private func load(_ batch: Batch, _ share: BlockShare) {
    loader.load(
      batch.images, batch.order, share: share, into: workspace.input,
      augmentation: batch.augmentation)
  }

  private func forward(_ batch: Batch, _ share: BlockShare) throws -> LaneBlocks {
    try statistics.writing(in: optimizer.steps + 1) {
      try workspace.forward(
        share, mode: .training, randomKey: batch.randomKey, imageIndices: batch.imageIndices(share),
        sums: momentSums, timeline: timeline)
    }
  }

  /// Losses and correct answers on `subset`, over all ranks.
  /// - Throws: what the sums over ranks throw.
  package func evaluate(_ subset: Subset) throws -> Tally {
    let sums = try communicator.inspector.during("evaluate") {
      try sweep(subset, width: Tally.width) { share, partials in
        plainLoss.add(workspace.logits, loader.labels, share, to: &partials)
      }
    }
    var tally = Tally()
    tally.add(sums, images: subset.count)
    return tally
  }

  /// Runs the network forward over `subset`, every rank over its share of blocks, and sums up
  /// the `width` numbers that `append` appends for each block of a forward pass.
  ///
  /// - Parameter blocks: those of a forward pass, at most; nil for as many as there is room for.
  /// - Throws: what `append` and the sums over ranks throw.
  func sweep(
    _ subset: Subset, width: Int, mode: Pass.Mode = .evaluation, blocks: Int? = nil,
    append: (_ share: BlockShare, _ partials: inout BlockPartials) throws -> Void
  ) throws -> [Double] {
    let whole = BlockShare(
      images: subset.count, rank: communicator.rank, worldSize: communicator.worldSize)
    var partials = BlockPartials(share: whole, width: width)
    let room = { [batch, communicator] rank in
      blocks
        ?? BlockShare(images: batch, rank: rank, worldSize: communicator.worldSize).count
    }
    try communicator.sweep(subset, room: room, operations: stepOperations) { batch, share in
      loader.load(batch.images, batch.order, share: share, into: workspace.input)
      _ = try workspace.forward(share, mode: mode, sums: communicator)
      try append(share, &partials)
    }
    try communicator.addUp(&partials)
    return partials.total
  }

  private func share(ofImages images: Int) -> BlockShare {
    if let share = shares[images] { return share }
    let share = BlockShare(
      images: images, rank: communicator.rank, worldSize: communicator.worldSize)
    shares[images] = share
    return share
  }
}
