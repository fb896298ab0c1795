import Tensors

// Ioffe, Szegedy: "Batch normalization: accelerating deep network training by reducing internal
// covariate shift", ICML 2015.
//
// Deviation: moments are taken over the whole batch, whichever ranks hold it, unless a pass says
// otherwise.

/// Batch normalisation of each surviving channel: y = γ (x − μ)/√(σ² + ε) + β. A channel that is
/// pruned counts as 0.
///
/// In training μ and σ² (biased) are those of the images that the pass normalises together, and the
/// running ones move a tenth of the way to them, the variance unbiased; in evaluation they are the
/// running ones.
package struct BatchNorm: LayerDeclaration {
  /// Its tensors are `name.weight` (γ), `name.bias` (β), `name.running_mean` and
  /// `name.running_var`.
  package let name: String
  package let addsGradient = true

  /// Notes scales and shifts.
  package func place(in graph: inout Graph) -> PlacedLayer.Parts {
    PlacedLayer.Parts(group: graph.normalise(name))
  }

  /// Appends its two runners: all blocks must have passed before the first can be normalised.
  package func append(_ layer: PlacedLayer, to program: inout ProgramBuilder, input: Int) -> Int {
    let moments = BatchMoments(
      shape: layer.output, channels: program.keptUnits(layer),
      parameters: program.parameters(layer), statistics: program.statistics(layer),
      kernels: program.network.kernels)
    let output = program.newMap(layer.output)
    _ = program.append(MomentsRunner(moments), for: layer, input: input, output: output)
    return program.append(
      NormalisationRunner(moments), for: layer, input: input, output: output)
  }

  /// Appends what the running moments make of it.
  package func infer(_ layer: PlacedLayer, in graph: inout InferenceBuilder, input: Int) -> Int {
    let scale = graph.scale(layer, epsilon: BatchMoments.epsilon)
    return graph.append(.scale(scale), for: layer, inputs: [input])
  }
}

extension Layer {
  /// Normalisation of each channel over the batch, with scale and shift.
  package static func batchNorm(_ name: String) -> Layer { Layer(BatchNorm(name: name)) }
}

/// What both runners of a batch norm share: the moments of the batch, and what follows from them
/// for each channel.
final class BatchMoments {
  static let epsilon = 1e-5
  private static let momentum = 0.1

  let shape: FeatureShape
  let kernels: KernelSet
  private let parameters: Range<Int>
  private let statistics: Range<Int>
  /// What is done to each channel in the present pass.
  private(set) var norms: ChannelNorms
  /// Two numbers for each surviving channel of the blocks that have passed.
  var partials: BlockPartials
  /// What is added to the normalised channels, and whether the sum is rectified.
  var shortcut: ShortcutChannels?
  var rectifies = false

  /// A batch norm of maps of `shape`, of which `channels` survive. Their scales and shifts lie in
  /// turn at `parameters`; the running means of all channels, then the variances, lie at
  /// `statistics`.
  init(
    shape: FeatureShape, channels: [Int], parameters: Range<Int>, statistics: Range<Int>,
    kernels: KernelSet
  ) {
    self.shape = shape
    self.norms = ChannelNorms(channels: channels, of: shape.channels)
    self.parameters = parameters
    self.statistics = statistics
    self.kernels = kernels
    self.centers = [Float](repeating: 0, count: channels.count)
    self.partials = BlockPartials(
      share: BlockShare(images: 0, rank: 0, worldSize: 1), width: 2 * channels.count)
  }

  /// The surviving channels.
  var channels: [Int] { norms.channels }
  /// The running means of the surviving channels, around which moments are taken.
  private(set) var centers: [Float]

  /// Begins with the first block of a pass.
  func begin(_ pass: Pass) {
    partials.restart(pass.normalisationScope)
    for (index, channel) in channels.enumerated() {
      centers[index] = pass.statistics[statistics.lowerBound + channel]
    }
  }

  /// Adds up over all blocks what was appended. A rank without blocks begins here.
  private func addUp(_ pass: Pass) throws {
    if pass.share.count == 0 { begin(pass) }
    try pass.timeline.measure("moments", "communication") { try pass.sums.addUp(&partials) }
  }

  /// From Σ(x − center) and Σ(x − center)² of a training pass, or from the running moments.
  func finishMoments(_ pass: Pass) throws {
    guard pass.mode == .training else {
      for (index, channel) in channels.enumerated() {
        let place = statistics.lowerBound + channel
        set(
          index, pass, mean: Double(pass.statistics[place]),
          variance: Double(pass.statistics[place + shape.channels]))
      }
      return
    }
    try addUp(pass)
    guard let count = count(pass) else { return }
    let sums = partials.total
    for (index, channel) in channels.enumerated() {
      let offset = sums[2 * index] / count
      let variance = max(0, sums[2 * index + 1] / count - offset * offset)
      let place = statistics.lowerBound + channel
      let mean = Double(pass.statistics[place]) + offset
      move(pass.statistics, place, towards: mean)
      move(
        pass.statistics, place + shape.channels, towards: variance * count / max(count - 1, 1))
      set(index, pass, mean: mean, variance: variance)
    }
  }

  private func set(_ index: Int, _ pass: Pass, mean: Double, variance: Double) {
    norms.set(
      index, mean: Float(mean), inverseDeviation: Float(1 / (variance + Self.epsilon).squareRoot()),
      scale: pass.parameters[parameters.lowerBound + 2 * index],
      shift: pass.parameters[parameters.lowerBound + 2 * index + 1])
  }

  private func move(_ statistics: FloatBuffer, _ place: Int, towards value: Double) {
    statistics[place] = Float(
      (1 - Self.momentum) * Double(statistics[place]) + Self.momentum * value)
  }

  /// From Σdy and Σdy·x̂, which are also the gradients of shift and scale. Running moments do not
  /// depend on the batch, so that in evaluation nothing comes back through them.
  func finishGradient(_ pass: Pass) throws {
    try addUp(pass)
    let sums = partials.total
    if let count = count(pass) {
      for index in channels.indices {
        let isMoving = pass.mode == .training
        norms.setGradient(
          index, mean: isMoving ? sums[2 * index] / count : 0,
          meanProduct: isMoving ? sums[2 * index + 1] / count : 0)
      }
    }
    store(sums, in: pass)
    try pass.completed(parameters)
  }

  /// Numbers a channel that are normalised together; nil where a rank by itself has no images.
  private func count(_ pass: Pass) -> Double? {
    let images = pass.normalisationScope.images
    return images > 0 ? Double(images * shape.height * shape.width) : nil
  }

  /// The rank with the first of the blocks that belong together hands the totals in for all.
  private func store(_ sums: [Double], in pass: Pass) {
    for partial in pass.share.subtrees.indices {
      let isFirst = partial == 0 && pass.normalisationScope.range.lowerBound == 0
      for index in channels.indices {
        let place = partial * pass.gradients.stride + parameters.lowerBound + 2 * index
        pass.gradients.buffer[place] = isFirst ? Float(sums[2 * index + 1]) : 0
        pass.gradients.buffer[place + 1] = isFirst ? Float(sums[2 * index]) : 0
      }
    }
  }
}

/// The first runner of a batch norm: takes the moments of its input. Backwards it comes last and
/// makes the gradient of the input.
private final class MomentsRunner: Runner {
  private let norm: BatchMoments
  let computesOutput = false

  init(_ norm: BatchMoments) { self.norm = norm }

  var outputShape: FeatureShape { norm.shape }
  var addendSharesGradient: Bool { norm.shortcut?.isIdentity ?? false }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    guard pass.mode == .training else { return }
    if blocks.lowerBound == 0 { norm.begin(pass) }
    for block in blocks {
      norm.kernels.moments(
        maps.input, block: block - blocks.lowerBound, channels: norm.channels,
        centers: norm.centers, images: pass.share.images(in: block), to: &norm.partials)
    }
  }

  func finishForward(_ pass: Pass) throws { try norm.finishMoments(pass) }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    guard let gradient = maps.outputGradient, let inputGradient = maps.inputGradient else { return }
    for block in blocks {
      norm.kernels.normaliseBackward(
        gradient, maps.input, norm.norms, rectifies: norm.rectifies && norm.shortcut == nil,
        into: inputGradient, adds: maps.addsGradient, block: block - blocks.lowerBound,
        images: pass.share.images(in: block))
    }
    if let shortcut = norm.shortcut, let target = maps.addendGradient {
      shortcut.backward(gradient, into: target, blocks: blocks.count, kernels: norm.kernels)
    }
  }
}

/// The second runner of a batch norm: normalises, adds the shortcut and rectifies, in one pass over
/// memory. Backwards it comes first and takes the moments of the gradient.
private final class NormalisationRunner: Runner {
  private let norm: BatchMoments
  let computesInputGradient = false

  init(_ norm: BatchMoments) { self.norm = norm }

  var outputShape: FeatureShape { norm.shape }
  var isRecomputed: Bool { norm.shortcut == nil }
  var observes: [Observation.Kind: ObservedMap] {
    norm.shortcut?.observes(body: .outputWithoutAddend) ?? [:]
  }

  func fuseRectifier() -> Bool {
    guard !norm.rectifies else { return false }
    norm.rectifies = true
    return true
  }

  func fuse(adding channels: ShortcutChannels) -> Bool {
    guard !norm.rectifies, norm.shortcut == nil else { return false }
    norm.shortcut = channels
    return true
  }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    normalise(maps, blocks: blocks.count, mode: pass.mode)
  }

  func recompute(_ maps: RunnerMaps) {
    normalise(maps, blocks: maps.output.capacity, mode: .training)
  }

  private func normalise(_ maps: RunnerMaps, blocks: Int, mode: Pass.Mode) {
    let addend = norm.shortcut.flatMap { shortcut in
      maps.addend.map { ($0, sources: shortcut.sources(mode), stride: shortcut.stride) }
    }
    for block in 0..<blocks {
      norm.kernels.normalise(
        maps.input, norm.norms, adding: addend, rectifies: norm.rectifies, into: maps.output,
        block: block)
    }
  }

  func output(of input: LaneBlocks, block: Int, isPlain: Bool) -> LaneBlocks {
    let output = LaneBlocks(shape: norm.shape, capacity: 1)
    norm.kernels.normalise(
      LaneBlocks(input, block: block), norm.norms, adding: nil,
      rectifies: norm.rectifies && !isPlain, into: output, block: 0)
    return output
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    guard let gradient = maps.outputGradient else { return }
    if blocks.lowerBound == 0 { norm.begin(pass) }
    for block in blocks {
      norm.kernels.gradientMoments(
        gradient, maps.input, norm.norms, rectifies: norm.rectifies,
        output: norm.shortcut == nil ? nil : maps.output, block: block - blocks.lowerBound,
        images: pass.share.images(in: block), to: &norm.partials)
    }
  }

  func finishBackward(_ pass: Pass) throws { try norm.finishGradient(pass) }
}
