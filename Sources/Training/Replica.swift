import Communication
import Networks
import Tensors

/// One rank's copy of the network, with the buffers, the exchange and the optimizer that train it.
public final class Replica {
  /// The network.
  public let network: Network
  /// The ranks.
  public let communicator: any Communicator
  /// Steps this rank's share of the parameters.
  public let optimizer: any Optimizer
  /// Activations and gradients.
  public let workspace: Workspace
  /// Takes gradients to their owners and parameters back.
  public let exchange: GradientExchange
  /// Where the times of a step are noted, if anywhere.
  public var timeline: Timeline? { didSet { exchange.timeline = timeline } }
  /// Floating-point operations of a step over all ranks, roughly.
  let stepOperations: Int
  /// Whose moments batch norms take.
  let batchNorm: BatchNormScope
  private let moments: any BlockSum
  private let loss: CrossEntropy
  /// Images of a full batch over all ranks.
  let batch: Int
  private var runs: [Int: BlockRun] = [:]

  /// A replica for batches of up to `batch` images over all ranks, with a fresh optimizer.
  public init(
    _ network: Network, batch: Int, optimizer: OptimizerSettings,
    batchNorm: BatchNormScope = .synchronised, communicator: any Communicator
  ) {
    let worldSize = communicator.worldSize
    let full = BlockRun(images: batch, rank: communicator.rank, worldSize: worldSize)
    self.workspace = Workspace(
      network, blocks: full.count,
      partials: BlockRun.mostSubtrees(images: batch, worldSize: worldSize))
    self.exchange = GradientExchange(
      communicator, parameters: network.parameters, gradients: workspace.gradients,
      layers: network.parameterRanges, images: batch, kernels: network.kernels)
    self.optimizer = optimizer.make(count: exchange.stateCount, kernels: network.kernels)
    self.stepOperations = network.stepOperations * batch
    self.batch = batch
    self.network = network
    self.communicator = communicator
    self.batchNorm = batchNorm
    self.moments = batchNorm == .local ? OwnBlockSum() : communicator
    self.loss = CrossEntropy(kernels: network.kernels)
  }

  /// What trains `network` in a run of `recipe`, with a fresh optimizer.
  convenience init(_ network: Network, _ recipe: Recipe, _ communicator: any Communicator) {
    self.init(
      network, batch: recipe.training.batch, optimizer: recipe.optimizer,
      batchNorm: recipe.training.batchNorm, communicator: communicator)
  }

  /// One training step.
  /// - Returns: losses and hits of this rank's blocks, before the step.
  /// - Throws: what the exchange throws.
  public func step(_ batch: Batch, learningRate: Double) throws -> BlockPartials {
    let run = run(images: batch.order.count)
    let labels = timeline.measure("images", "step") {
      batch.images.load(
        batch.order, run: run, into: workspace.input, augmentation: batch.augmentation,
        kernels: network.kernels)
    }
    let logits = try workspace.forward(
      run, mode: .training, draw: batch.draw(run), sums: moments, timeline: timeline)
    let tally = loss(logits, labels: labels, run: run, gradient: workspace.logitsGradient)
    try workspace.backward(run, sums: moments, timeline: timeline) {
      try exchange.add($0, run: run)
    }
    optimizer.begin(learningRate: learningRate)
    try exchange.finish(run: run, update: optimizer.update(_:gradient:state:))
    return BlockPartials(run: run, width: Tally.width, rows: tally)
  }

  /// Losses and hits on `selection`, over all ranks.
  /// - Throws: what the sums over ranks throw.
  public func evaluate(_ selection: Selection) throws -> Tally {
    let sums = try sweep(selection, width: Tally.width) { run, labels in
      loss(workspace.logits, labels: labels, run: run, gradient: nil)
    }
    var tally = Tally()
    tally.add(sums, images: selection.count)
    return tally
  }

  /// Runs the network forward over `selection`, every rank over its run of blocks, and sums up
  /// `rows`: `width` numbers for each block of a forward pass.
  /// - Throws: what the sums over ranks throw.
  func sweep(
    _ selection: Selection, width: Int, mode: Pass.Mode = .evaluation,
    rows: (_ run: BlockRun, _ labels: [Int32]) -> [[Double]]
  ) throws -> [Double] {
    let whole = BlockRun(
      images: selection.count, rank: communicator.rank, worldSize: communicator.worldSize)
    var partials = BlockPartials(run: whole, width: width)
    let mine = Selection(selection.images, order: Array(selection.order[whole.imageRange]))
    var batches = mine.batches(of: workspace.input.capacity * LaneBlocks.lanes)[...]
    // Ranks may have different numbers of batches, but what is asked of one concerns all.
    for _ in 0..<mostBatches(images: selection.count) {
      try communicator.requests.poll(after: stepOperations)
      guard let batch = batches.popFirst() else { continue }
      let run = BlockRun(images: batch.order.count, rank: 0, worldSize: 1)
      let labels = batch.images.load(
        batch.order, run: run, into: workspace.input, kernels: network.kernels)
      _ = try workspace.forward(run, mode: mode, sums: communicator)
      for row in rows(run, labels) { partials.append(row) }
    }
    return try communicator.totals(of: [partials])[0]
  }

  /// The most batches that any rank has of a sweep over `images` images.
  private func mostBatches(images: Int) -> Int {
    (0..<communicator.worldSize).map { rank in
      let mine = BlockRun(images: images, rank: rank, worldSize: communicator.worldSize)
      let full = BlockRun(images: batch, rank: rank, worldSize: communicator.worldSize)
      return (mine.count + full.count - 1) / max(full.count, 1)
    }.max() ?? 0
  }

  private func run(images: Int) -> BlockRun {
    if let run = runs[images] { return run }
    let run = BlockRun(
      images: images, rank: communicator.rank, worldSize: communicator.worldSize)
    runs[images] = run
    return run
  }
}
