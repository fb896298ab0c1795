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
  /// Steps this rank's share of the parameters.
  package let optimizer: any Optimizer
  /// What this rank owns.
  package let segments: ParameterSegments
  /// Activations and gradients.
  package let workspace: Workspace
  /// Takes gradients to their owners and parameters back.
  package let exchange: GradientExchange
  /// Where the times of a step are noted, if anywhere.
  package var timeline: Timeline? { didSet { exchange.timeline = timeline } }
  /// Floating-point operations of a step over all ranks, roughly.
  package let stepOperations: Int
  /// Whose moments batch norms take.
  let batchNorm: BatchNormScope
  private let moments: any BlockSum
  private let loss: CrossEntropy
  private let loader: ImageLoader
  private let completed: GradientsCompleted
  private var tally: BlockPartials
  /// Images of a full batch over all ranks.
  let batch: Int
  /// Checksums of what this rank alone writes.
  let seals: Seals
  /// What steps change on all ranks alike, and what they leave as it is.
  let shared, structure: [SharedTensor]
  private var shares: [Int: BlockShare] = [:]

  /// A replica for batches of up to `batch` images over all ranks, with a fresh optimizer.
  package init(
    _ network: Network, batch: Int, optimizer: OptimizerSettings,
    batchNorm: BatchNormScope = .synchronised, communicator: any Communicator
  ) {
    let worldSize = communicator.worldSize
    let full = BlockShare(images: batch, rank: communicator.rank, worldSize: worldSize)
    self.workspace = Workspace(
      network, blocks: full.count,
      partials: BlockShare.mostSubtrees(images: batch, worldSize: worldSize))
    let segments = ParameterSegments(
      layers: network.parameterRanges, rank: communicator.rank, worldSize: worldSize)
    self.segments = segments
    let optimizer = optimizer.make(count: segments.ownedCount, kernels: network.kernels)
    self.optimizer = optimizer
    let seals = Seals(network, optimizer, segments)
    self.seals = seals
    self.exchange = GradientExchange(
      communicator, parameters: network.parameters, gradients: workspace.gradients,
      segments: segments, images: batch, kernels: network.kernels,
      update: seals.update(_:gradient:state:))
    self.completed = exchange.add(_:share:)
    self.tally = BlockPartials(share: full, width: Tally.width)
    self.loader = ImageLoader(kernels: network.kernels)
    self.stepOperations = network.stepOperations * batch
    self.batch = batch
    self.network = network
    self.communicator = communicator
    self.batchNorm = batchNorm
    self.moments = batchNorm == .local ? OwnBlockSum() : communicator
    self.loss = CrossEntropy(kernels: network.kernels)
    self.structure = network.structure(workspace).map(\.sealed)
    let moments =
      batchNorm == .local ? [] : network.layeredStatistics("", network.statistics)
    self.shared = network.layered("parameters", network.parameters) + moments
  }

  /// One training step.
  /// - Returns: losses and hits of this rank's blocks, before the step.
  /// - Throws: what the exchange throws.
  package func step(_ batch: Batch, learningRate: Double) throws -> BlockPartials {
    let share = run(images: batch.order.count)
    timeline.measure("images", "step") {
      loader.load(
        batch.images, batch.order, share: share, into: workspace.input,
        augmentation: batch.augmentation)
    }
    optimizer.begin(learningRate: learningRate)
    let logits = try seals.writingStatistics(in: optimizer.steps) {
      try workspace.forward(
        share, mode: .training, randomKey: batch.randomKey, samples: batch.samples(share),
        sums: moments, timeline: timeline)
    }
    tally.restart(share)
    loss(
      logits, labels: loader.labels, share: share, gradient: workspace.logitsGradient, to: &tally)
    noteFlaw(tally)
    try workspace.backward(share, sums: moments, timeline: timeline, completed: completed)
    try exchange.finish(share: share)
    return tally
  }

  /// Losses and hits on `selection`, over all ranks.
  /// - Throws: what the sums over ranks throw.
  package func evaluate(_ selection: Selection) throws -> Tally {
    let sums = try communicator.watch.during("evaluate") {
      try sweep(selection, width: Tally.width) { share, partials in
        loss(workspace.logits, labels: loader.labels, share: share, gradient: nil, to: &partials)
      }
    }
    var tally = Tally()
    tally.add(sums, images: selection.count)
    return tally
  }

  /// Runs the network forward over `selection`, every rank over its share of blocks, and sums up the
  /// `width` numbers that `append` appends for each block of a forward pass.
  /// - Throws: what the sums over ranks throw.
  func sweep(
    _ selection: Selection, width: Int, mode: Pass.Mode = .evaluation,
    append: (_ share: BlockShare, _ partials: inout BlockPartials) -> Void
  ) throws -> [Double] {
    let whole = BlockShare(
      images: selection.count, rank: communicator.rank, worldSize: communicator.worldSize)
    var partials = BlockPartials(share: whole, width: width)
    let mine = Selection(selection.images, order: Array(selection.order[whole.imageRange]))
    var batches = mine.batches(of: workspace.input.capacity * LaneBlocks.lanes)[...]
    // Ranks may have different numbers of batches, but what is asked of one concerns all.
    for _ in 0..<mostBatches(images: selection.count) {
      try communicator.requests.poll(after: stepOperations)
      guard let batch = batches.popFirst() else { continue }
      let share = BlockShare(images: batch.order.count, rank: 0, worldSize: 1)
      loader.load(batch.images, batch.order, share: share, into: workspace.input)
      _ = try workspace.forward(share, mode: mode, sums: communicator)
      append(share, &partials)
    }
    try communicator.addUp(&partials)
    return partials.sums
  }

  /// The most batches that any rank has of a sweep over `images` images.
  private func mostBatches(images: Int) -> Int {
    (0..<communicator.worldSize).map { rank in
      let mine = BlockShare(images: images, rank: rank, worldSize: communicator.worldSize)
      let full = BlockShare(images: batch, rank: rank, worldSize: communicator.worldSize)
      return (mine.count + full.count - 1) / max(full.count, 1)
    }.max() ?? 0
  }

  private func run(images: Int) -> BlockShare {
    if let share = shares[images] { return share }
    let share = BlockShare(
      images: images, rank: communicator.rank, worldSize: communicator.worldSize)
    shares[images] = share
    return share
  }
}
