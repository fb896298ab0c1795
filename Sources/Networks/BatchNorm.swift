import Tensors

// Ioffe, Szegedy: "Batch normalization: accelerating deep network training by reducing internal
// covariate shift", ICML 2015.
//
// Deviation: moments are taken over the whole batch, whichever ranks hold it.

/// Batch normalisation of each surviving channel, y = γ (x − μ)/√(σ² + ε) + β, together with the
/// shortcut that is added and the rectifier that follows.
///
/// In training μ and σ² (biased) are the batch's over all ranks, and the running ones move a tenth of
/// the way to them, the variance unbiased; in evaluation they are the running ones. A channel that is
/// pruned counts as 0.
final class BatchNorm: Layer {
  /// What is added to the normalised maps: for each channel the channel of the source, if any, of which
  /// every `step`-th row and column is taken.
  struct Addend {
    let source: LaneBlocks
    let step: Int
    let channel: (Int) -> Int?
  }

  private let kernels: KernelSet
  private let channels: [Int]
  /// Where each channel stands among the surviving ones.
  private let places: [Int?]
  private let parameters: Range<Int>
  private let rectifies: Bool
  private let moments: BatchMoments
  private var norms: [ChannelNorm] = []
  let outputShape: FeatureShape
  let worksInPlace = false

  /// A batch norm of maps of `shape`, of which `channels` survive. Their scales and shifts lie in turn
  /// at `parameters`; the running means of all channels, then the variances, lie at `statistics`.
  init(
    shape: FeatureShape, channels: [Int], parameters: Range<Int>, statistics: Range<Int>,
    rectifies: Bool, kernels: KernelSet
  ) {
    self.outputShape = shape
    self.channels = channels
    var places = [Int?](repeating: nil, count: shape.channels)
    for (index, channel) in channels.enumerated() { places[channel] = index }
    self.places = places
    self.parameters = parameters
    self.rectifies = rectifies
    self.kernels = kernels
    self.moments = BatchMoments(
      shape: shape, channels: channels, statistics: statistics, kernels: kernels)
  }

  /// The channels that count as 0.
  var prunedChannels: [Int] { places.indices.filter { places[$0] == nil } }

  func forward(_ pass: Pass, input: LaneBlocks, output: LaneBlocks) throws {
    try forward(pass, input: input, adding: nil, output: output)
  }

  func backward(
    _ pass: Pass, input: LaneBlocks, output: LaneBlocks, outputGradient: LaneBlocks,
    inputGradient: InputGradient?
  ) throws {
    precondition(!(inputGradient?.isAdded ?? false), "a batch norm's gradient is added to another")
    try backward(
      pass, input: input, sum: nil, outputGradient: outputGradient,
      inputGradient: inputGradient?.maps)
  }

  /// y = norm(x) + addend, rectified where this batch norm rectifies.
  func forward(_ pass: Pass, input: LaneBlocks, adding addend: Addend?, output: LaneBlocks) throws {
    let found = try moments.forward(pass, input)
    norms = channels.indices.map { index in
      ChannelNorm(
        mean: found[index].mean, inverseDeviation: found[index].inverseDeviation,
        scale: pass.parameters[parameters.lowerBound + 2 * index],
        shift: pass.parameters[parameters.lowerBound + 2 * index + 1])
    }
    apply(pass.run, input: input, adding: addend, output: output)
  }

  /// The normalised maps of `block` in the last forward pass, neither added to nor rectified.
  func normalised(input: LaneBlocks, block: Int) -> LaneBlocks {
    let output = LaneBlocks(shape: outputShape, capacity: 1)
    for (index, channel) in channels.enumerated() {
      kernels.normalise(
        (ChannelMap(input, block: block, channel: channel), norms[index]), rectifies: false,
        into: ChannelMap(output, block: 0, channel: channel))
    }
    return output
  }

  /// The gradients of scales and shifts and of the input.
  ///
  /// - Parameter sum: where more than the normalised maps was added and rectified, what came out;
  ///   `outputGradient` then becomes the gradient of that sum.
  func backward(
    _ pass: Pass, input: LaneBlocks, sum: LaneBlocks?, outputGradient: LaneBlocks,
    inputGradient: LaneBlocks?
  ) throws {
    let sums = try moments.backward(pass) { block, index in
      let channel = channels[index]
      return kernels.gradientMoments(
        ChannelMap(outputGradient, block: block, channel: channel),
        ChannelMap(input, block: block, channel: channel), norm: norms[index],
        rectifies: rectifies, output: sum.map { ChannelMap($0, block: block, channel: channel) },
        images: pass.run.images(in: block))
    }
    store(sums, in: pass)
    try pass.completed(parameters)
    guard let inputGradient else { return }
    let count = Double(pass.run.images * outputShape.height * outputShape.width)
    for (index, channel) in channels.enumerated() {
      // dx = γ s (dy − Σdy/N − x̂ Σdy·x̂/N) with x̂ = (x − μ) s, as a combination of dy, x and 1.
      let norm = norms[index]
      let inputFactor =
        -norm.factor * norm.inverseDeviation * Float(sums[2 * index + 1] / count)
      let summand = -norm.factor * Float(sums[2 * index] / count) - inputFactor * norm.mean
      for block in 0..<pass.run.count {
        kernels.combine(
          ChannelMap(outputGradient, block: block, channel: channel),
          ChannelMap(input, block: block, channel: channel),
          into: ChannelMap(inputGradient, block: block, channel: channel),
          behindRectifierOf: rectifies && sum == nil ? norm : nil,
          factors: (norm.factor, inputFactor, summand), images: pass.run.images(in: block))
      }
    }
  }

  private func apply(_ run: BlockRun, input: LaneBlocks, adding addend: Addend?, output: LaneBlocks) {
    for channel in 0..<outputShape.channels {
      let index = places[channel]
      if index == nil && addend == nil { continue }
      let source = addend?.channel(channel)
      for block in 0..<run.count {
        kernels.normalise(
          index.map { (ChannelMap(input, block: block, channel: channel), norms[$0]) },
          adding: source.flatMap { source in
            addend.map { ChannelMap($0.source, block: block, channel: source) }
          }, step: addend?.step ?? 1, rectifies: rectifies,
          into: ChannelMap(output, block: block, channel: channel))
      }
    }
  }

  /// The totals are the gradients; the rank with the first block hands them in for all.
  private func store(_ sums: [Double], in pass: Pass) {
    for partial in pass.run.subtrees.indices {
      let isFirst = partial == 0 && pass.run.range.lowerBound == 0
      for index in channels.indices {
        let place = partial * pass.gradients.stride + parameters.lowerBound + 2 * index
        pass.gradients.buffer[place] = isFirst ? Float(sums[2 * index + 1]) : 0
        pass.gradients.buffer[place + 1] = isFirst ? Float(sums[2 * index]) : 0
      }
    }
  }
}
