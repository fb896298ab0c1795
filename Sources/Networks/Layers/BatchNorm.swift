import Tensors

// Ioffe, Szegedy: "Batch normalization: accelerating deep network training by reducing internal
// covariate shift", ICML 2015.
//
// Deviation: moments are taken over the whole batch, whichever ranks hold it, unless a pass says
// otherwise.

/// Batch normalisation of each surviving channel: y = γ (x − μ)/√(σ² + ε) + β. A channel that is pruned
/// counts as 0.
///
/// In training μ and σ² (biased) are those of the images that the pass normalises together, and the
/// running ones move a tenth of the way to them, the variance unbiased; in evaluation they are the
/// running ones.
///
/// All blocks must have passed before the first can be normalised, so it is two layers, `BatchMoments`
/// and `BatchNormalisation`; this is what they share.
final class BatchNorm {
  private static let epsilon = 1e-5
  private static let momentum = 0.1

  let shape: FeatureShape
  let kernels: KernelSet
  private let parameters: Range<Int>
  private let statistics: Range<Int>
  /// What is done to each channel in the present pass.
  private(set) var norms: ChannelNorms
  /// Two numbers for each surviving channel of the blocks that have passed.
  var partials: BlockPartials

  /// A batch norm of maps of `shape`, of which `channels` survive. Their scales and shifts lie in turn
  /// at `parameters`; the running means of all channels, then the variances, lie at `statistics`.
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
      run: BlockRun(images: 0, rank: 0, worldSize: 1), width: 2 * channels.count)
  }

  /// The surviving channels.
  var channels: [Int] { norms.channels }
  /// The running means of the surviving channels, around which moments are taken.
  private(set) var centers: [Float]

  /// Begins with the first block of a pass.
  func begin(_ pass: Pass) {
    partials.restart(pass.normalised)
    for (index, channel) in channels.enumerated() {
      centers[index] = pass.statistics[statistics.lowerBound + channel]
    }
  }

  /// Adds up over all blocks what was appended. A rank without blocks begins here.
  private func addUp(_ pass: Pass) throws {
    if pass.run.count == 0 { begin(pass) }
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
    let sums = partials.sums
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

  /// From Σdy and Σdy·x̂, which are also the gradients of shift and scale.
  func finishGradient(_ pass: Pass) throws {
    try addUp(pass)
    let sums = partials.sums
    if let count = count(pass) {
      for index in channels.indices {
        norms.setGradient(
          index, mean: sums[2 * index] / count, meanProduct: sums[2 * index + 1] / count)
      }
    }
    store(sums, in: pass)
    try pass.completed(parameters)
  }

  /// Numbers a channel that are normalised together; nil where a rank by itself has no images.
  private func count(_ pass: Pass) -> Double? {
    let images = pass.normalised.images
    return images > 0 ? Double(images * shape.height * shape.width) : nil
  }

  /// The rank with the first of the blocks that belong together hands the totals in for all.
  private func store(_ sums: [Double], in pass: Pass) {
    for partial in pass.run.subtrees.indices {
      let isFirst = partial == 0 && pass.normalised.range.lowerBound == 0
      for index in channels.indices {
        let place = partial * pass.gradients.stride + parameters.lowerBound + 2 * index
        pass.gradients.buffer[place] = isFirst ? Float(sums[2 * index + 1]) : 0
        pass.gradients.buffer[place + 1] = isFirst ? Float(sums[2 * index]) : 0
      }
    }
  }
}
