import Communication
import Networks
import Tensors

extension RandomTask {
  /// What the passes of a step compute before parameters change.
  struct Gradient {
    fileprivate(set) var logits: [[Float]] = []
    fileprivate(set) var loss = 0.0
    /// By the parameters of the unpruned network in canonical order, 0 where pruned.
    fileprivate(set) var parameters: [Double]
    /// By the images.
    fileprivate(set) var images: [[Double]] = []
    /// Batch norms' running moments after it, of each rank.
    fileprivate(set) var statistics: [[Float]] = []
  }

  /// The gradient of the mean cross-entropy; of several `ranks` each normalises its own images.
  /// `statistics` are the running moments before.
  func gradient(
    _ mode: Pass.Mode = .training, statistics: FloatBuffer? = nil, kernels: KernelSet,
    engine: Engine, ranks: Int = 1
  ) throws -> Gradient {
    let layout = ConnectionLayout(architecture)
    var result = Gradient(parameters: [Double](repeating: 0, count: layout.parameterCount))
    for rank in 0..<ranks {
      try add(
        network(kernels: kernels, engine: engine), mode,
        statistics ?? Network.freshStatistics(layout),
        BlockShare(images: images.count, rank: rank, worldSize: ranks),
        after: BlockShare(images: earlier.count, rank: rank, worldSize: ranks),
        sums: ranks == 1 ? SingleProcess() : OwnBlockSum(), to: &result)
    }
    return result
  }

  private func network(kernels: KernelSet, engine: Engine) -> Network {
    Network(
      architecture, mask: mask, parameters: parameters, kernels: kernels, engine: engine)
  }

  /// What one rank contributes in a workspace that has seen a larger batch.
  private func add(
    _ network: Network, _ mode: Pass.Mode, _ statistics: FloatBuffer, _ share: BlockShare,
    after larger: BlockShare, sums: any BlockSum, to result: inout Gradient
  ) throws {
    let workspace = Workspace(
      network, blocks: max(1, larger.count),
      partials: max(larger.subtrees.count, share.subtrees.count), makesInputGradient: true)
    _ = try step(workspace, .training, earlier, larger, sums)
    network.statistics.copy(from: statistics)
    result.loss += try step(workspace, mode, images, share, sums)
    network.layout.forEachKept(mask) { to, from in
      for (source, target) in zip(from, to) {
        for partial in share.subtrees.indices {
          let place = partial * workspace.gradients.stride + source
          result.parameters[target] += Double(workspace.gradients.buffer[place])
        }
      }
    }
    let count = share.imageRange.count
    result.logits += workspace.logits.images(count)
    result.images += (workspace.inputGradient?.images(count) ?? []).map { $0.map(Double.init) }
    result.statistics.append(network.statistics.elements)
  }

  /// The passes of a step of one rank.
  /// - Returns: what its images add to the mean loss.
  private func step(
    _ workspace: Workspace, _ mode: Pass.Mode, _ images: [[Float]], _ share: BlockShare,
    _ sums: any BlockSum
  ) throws -> Double {
    workspace.input.put(Array(images[share.imageRange]))
    let samples = share.imageRange.map { $0 < self.samples.count ? self.samples[$0] : $0 }
    let logits = try workspace.forward(
      share, mode: mode, randomKey: randomKey, imageIndices: samples[...], sums: sums)
    var losses = BlockPartials(share: share, width: 2)
    CrossEntropy(kernels: workspace.network.kernels).add(
      logits, share.imageRange.map { labels[$0 % labels.count] }, share,
      gradient: workspace.logitsGradient, to: &losses)
    try workspace.backward(share, mode: mode, sums: sums) { _, _ in }
    return share.subtrees.indices.reduce(0) { $0 + losses.sums[2 * $1] } / Double(images.count)
  }

  /// The logits of a pass that does not train, with these running moments.
  func logits(
    _ mode: Pass.Mode, statistics: FloatBuffer, kernels: KernelSet, engine: Engine
  ) throws -> [[Float]] {
    let network = network(kernels: kernels, engine: engine)
    network.statistics.copy(from: statistics)
    let share = BlockShare(images: images.count, rank: 0, worldSize: 1)
    let workspace = Workspace(network, blocks: share.count, partials: 0, trains: false)
    workspace.input.put(images)
    let logits = try workspace.forward(share, mode: mode, sums: SingleProcess())
    return logits.images(images.count)
  }
}

extension LaneBlocks {
  /// Fills the lanes with images, `[channel][row][column]` each, and the empty ones with 0.
  func put(_ images: [[Float]]) {
    for lane in 0..<(images.count + Self.lanes - 1) / Self.lanes * Self.lanes {
      for (feature, place) in places.enumerated() {
        self[lane / Self.lanes, place.channel, place.row, place.column, lane % Self.lanes] =
          lane < images.count ? images[lane][feature] : 0
      }
    }
  }

  /// The first `count` images.
  func images(_ count: Int) -> [[Float]] {
    (0..<count).map { image in
      places.map {
        self[image / Self.lanes, $0.channel, $0.row, $0.column, image % Self.lanes]
      }
    }
  }

  private var places: [(channel: Int, row: Int, column: Int)] {
    (0..<shape.channels).flatMap { channel in
      (0..<shape.height).flatMap { row in (0..<shape.width).map { (channel, row, $0) } }
    }
  }
}
