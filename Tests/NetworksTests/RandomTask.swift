import Communication
import Networks
import Tensors
import TestSupport

/// A small random network under a random mask, with a batch to learn.
struct RandomTask {
  let architecture: Architecture
  let mask: Mask
  let parameters: FloatBuffer
  let images: [[Float]]
  let labels: [Int32]
  let draw: Draw
  /// A larger batch for the workspace to see first, which must not matter.
  private let earlier: [[Float]]

  init(_ architecture: Architecture, using random: inout SeededRandom) {
    let layout = ConnectionLayout(architecture)
    self.architecture = architecture
    mask = Self.mask(layout, using: &random)
    parameters = Self.parameters(layout, mask, using: &random)
    // Not a multiple of 16 but for one, so that the last block has empty lanes.
    let count = [1, 2, 7, 16, 19, 37].randomElement(using: &random) ?? 2
    func batch(_ count: Int, using random: inout SeededRandom) -> [[Float]] {
      (0..<count).map { _ in
        (0..<architecture.input.count).map { _ in .random(in: -1...1, using: &random) }
      }
    }
    images = batch(count, using: &random)
    earlier = batch(count + 13, using: &random)
    labels = (0..<count).map { _ in .random(in: 0..<Int32(architecture.classes), using: &random) }
    draw = Draw(
      seed: .random(in: 0..<1000, using: &random), iteration: 3, epoch: 5,
      samples: (0..<count).map { _ in .random(in: 0..<50_000, using: &random) })
  }

  /// All connections, or some with a unit emptied in each group.
  private static func mask(_ layout: ConnectionLayout, using random: inout SeededRandom) -> Mask {
    var mask = Mask(count: layout.count)
    if Int.random(in: 0...2, using: &random) == 0 { return mask }
    let density = Double.random(in: 0.5...0.95, using: &random)
    for group in layout.groups {
      let emptied =
        Bool.random(using: &random) ? Int.random(in: 0..<group.units, using: &random) : -1
      for unit in 0..<group.units {
        for input in 0..<group.connectionsPerUnit {
          mask[group.index(unit: unit, input: input)] =
            unit != emptied && .random(in: 0..<1, using: &random) < density
        }
      }
    }
    return mask
  }

  /// Weights that keep activations near 1, scales of either sign away from 0.
  private static func parameters(
    _ layout: ConnectionLayout, _ mask: Mask, using random: inout SeededRandom
  ) -> FloatBuffer {
    var full: [Float] = []
    for group in layout.groups {
      let fanIn = group.inputs * group.parameters(input: 0)
      let bound = group.kind == .batchNorm ? 1.5 : (3 / Float(max(1, fanIn))).squareRoot()
      full += (0..<group.units * group.parametersPerUnit).map { _ in
        .random(in: 0.3 * bound...bound, using: &random)
          * (Bool.random(using: &random) ? 1 : -1)
      }
    }
    let compact = FloatBuffer(count: layout.parameterCount(mask))
    layout.forEachKept(mask) { from, to in
      for (source, target) in zip(from, to) { compact[target] = full[source] }
    }
    return compact
  }
}

extension RandomTask {
  /// What a training step computes before it changes parameters.
  struct Gradient {
    let logits: [[Float]]
    let loss: Double
    /// By the parameters of the unpruned network in canonical order, 0 where pruned.
    var parameters: [Double]
    /// By the images.
    let images: [[Double]]
    /// Batch norms' running moments after it.
    let statistics: [Float]
  }

  private func network(kernels: KernelSet, products: Products) -> Network {
    Network(
      architecture, mask: mask, parameters: parameters, kernels: kernels, products: products)
  }

  /// The gradient of the mean cross-entropy.
  func gradient(kernels: KernelSet, products: Products) throws -> Gradient {
    let network = network(kernels: kernels, products: products)
    let run = BlockRun(images: images.count, rank: 0, worldSize: 1)
    let larger = BlockRun(images: earlier.count, rank: 0, worldSize: 1)
    let workspace = Workspace(
      network, blocks: larger.count, partials: larger.subtrees.count, makesInputGradient: true)
    try step(workspace, earlier, larger)
    network.statistics.copy(from: Network.freshStatistics(network.layout))
    let loss = try step(workspace, images, run)

    var parameters = [Double](repeating: 0, count: network.layout.parameterCount)
    network.layout.forEachKept(mask) { to, from in
      for (source, target) in zip(from, to) {
        parameters[target] = Double(workspace.gradients.buffer[source])
      }
    }
    return Gradient(
      logits: workspace.logits.images(images.count), loss: loss, parameters: parameters,
      images: (workspace.inputGradient?.images(images.count) ?? []).map { $0.map(Double.init) },
      statistics: network.statistics.elements)
  }

  /// The logits of a pass that does not train, with these running moments.
  func logits(
    _ mode: Pass.Mode, statistics: FloatBuffer, kernels: KernelSet, products: Products
  ) throws -> [[Float]] {
    let network = network(kernels: kernels, products: products)
    network.statistics.copy(from: statistics)
    let run = BlockRun(images: images.count, rank: 0, worldSize: 1)
    let workspace = Workspace(network, blocks: run.count, partials: 0, trains: false)
    workspace.input.put(images)
    let logits = try workspace.forward(run, mode: mode, sums: SingleProcess())
    return logits.images(images.count)
  }

  /// - Returns: the mean loss.
  @discardableResult
  private func step(
    _ workspace: Workspace, _ images: [[Float]], _ run: BlockRun
  ) throws -> Double {
    let sums = SingleProcess()
    workspace.input.put(images)
    let samples = images.indices.map { $0 < draw.samples.count ? draw.samples[$0] : $0 }
    let logits = try workspace.forward(
      run, mode: .training,
      draw: Draw(
        seed: draw.seed, iteration: draw.iteration, epoch: draw.epoch, samples: samples),
      sums: sums)
    let losses = CrossEntropy(kernels: workspace.network.kernels)(
      logits, labels: images.indices.map { labels[$0 % labels.count] }, run: run,
      gradient: workspace.logitsGradient)
    try workspace.backward(run, sums: sums) { _ in }
    return losses.reduce(0) { $0 + $1[0] } / Double(images.count)
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
