import Tensors

// Ioffe, Szegedy: "Batch normalization: accelerating deep network training by reducing internal
// covariate shift", ICML 2015.
//
// Deviation: moments are taken over the whole batch, whichever ranks hold it.

/// Batch normalisation of each surviving channel: y = γ (x − μ)/√(σ² + ε) + β.
///
/// In training μ and σ² (biased) are the batch's over all ranks, and the running ones move a tenth of
/// the way to them, the variance unbiased; in evaluation they are the running ones. A channel that is
/// pruned puts out 0.
final class BatchNorm: Layer {
  private static let epsilon = 1e-5
  private static let momentum = 0.1

  private let kernels: KernelSet
  private let channels: [Int]
  private let parameters: Range<Int>
  private let statistics: Range<Int>
  private var means: [Float]
  private var inverseDeviations: [Float]
  let outputShape: FeatureShape
  let worksInPlace = false

  /// A batch norm of maps of `shape`, of which `channels` survive. Their scales and shifts lie in turn
  /// at `parameters`; the running means of all channels, then the variances, lie at `statistics`.
  init(
    shape: FeatureShape, channels: [Int], parameters: Range<Int>, statistics: Range<Int>,
    kernels: KernelSet
  ) {
    self.outputShape = shape
    self.channels = channels
    self.parameters = parameters
    self.statistics = statistics
    self.kernels = kernels
    self.means = [Float](repeating: 0, count: channels.count)
    self.inverseDeviations = [Float](repeating: 1, count: channels.count)
  }

  func forward(_ pass: Pass, input: LaneBlocks, output: LaneBlocks) throws {
    switch pass.mode {
    case .training: try takeMoments(pass, input)
    case .evaluation, .observation: useRunningMoments(pass)
    }
    for (index, channel) in channels.enumerated() {
      let factor = scale(index, pass) * inverseDeviations[index]
      let summand = shift(index, pass) - means[index] * factor
      for block in 0..<pass.run.count {
        kernels.scale(
          input, into: output, block: block, channel: channel, factor: factor, summand: summand)
      }
    }
  }

  func backward(
    _ pass: Pass, input: LaneBlocks, output: LaneBlocks, outputGradient: LaneBlocks,
    inputGradient: LaneBlocks?
  ) throws {
    let sums = try total(pass) { block, index in
      let moments = kernels.gradientMoments(
        outputGradient, input, block: block, channel: channels[index], mean: means[index],
        inverseDeviation: inverseDeviations[index], images: pass.run.images(in: block))
      return [moments.sum, moments.products]
    }
    store(sums, in: pass)
    try pass.completed(parameters)
    guard let inputGradient else { return }
    let count = Double(pass.run.images * outputShape.height * outputShape.width)
    for (index, channel) in channels.enumerated() {
      // dx = γ s (dy − Σdy/N − x̂ Σdy·x̂/N) with x̂ = (x − μ) s, as a combination of dy, x and 1.
      let inverse = inverseDeviations[index]
      let gradientFactor = scale(index, pass) * inverse
      let inputFactor = -gradientFactor * inverse * Float(sums[2 * index + 1] / count)
      let summand =
        -gradientFactor * Float(sums[2 * index] / count) - inputFactor * means[index]
      for block in 0..<pass.run.count {
        kernels.combine(
          outputGradient, input, into: inputGradient, block: block, channel: channel,
          factors: (gradientFactor, inputFactor, summand), images: pass.run.images(in: block))
      }
    }
  }

  private func scale(_ index: Int, _ pass: Pass) -> Float {
    pass.parameters[parameters.lowerBound + 2 * index]
  }

  private func shift(_ index: Int, _ pass: Pass) -> Float {
    pass.parameters[parameters.lowerBound + 2 * index + 1]
  }

  /// The totals over all blocks of two numbers a block and surviving channel.
  private func total(_ pass: Pass, _ row: (Int, Int) -> [Double]) throws -> [Double] {
    var partials = BlockPartials(run: pass.run, width: 2 * channels.count)
    for block in 0..<pass.run.count {
      partials.append(channels.indices.flatMap { row(block, $0) })
    }
    return try pass.sums.totals(of: [partials])[0]
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

extension BatchNorm {
  private func takeMoments(_ pass: Pass, _ input: LaneBlocks) throws {
    let centers = channels.map { pass.statistics[statistics.lowerBound + $0] }
    let sums = try total(pass) { block, index in
      let moments = kernels.moments(
        input, block: block, channel: channels[index], center: centers[index],
        images: pass.run.images(in: block))
      return [moments.sum, moments.squares]
    }
    let count = Double(pass.run.images * outputShape.height * outputShape.width)
    for (index, channel) in channels.enumerated() {
      let offset = sums[2 * index] / count
      let variance = max(0, sums[2 * index + 1] / count - offset * offset)
      let mean = Double(centers[index]) + offset
      means[index] = Float(mean)
      inverseDeviations[index] = Float(1 / (variance + Self.epsilon).squareRoot())
      let place = statistics.lowerBound + channel
      move(pass.statistics, place, towards: mean)
      move(
        pass.statistics, place + outputShape.channels,
        towards: variance * count / max(count - 1, 1))
    }
  }

  private func move(_ statistics: FloatBuffer, _ place: Int, towards value: Double) {
    statistics[place] = Float(
      (1 - Self.momentum) * Double(statistics[place]) + Self.momentum * value)
  }

  private func useRunningMoments(_ pass: Pass) {
    for (index, channel) in channels.enumerated() {
      let place = statistics.lowerBound + channel
      let variance = Double(pass.statistics[place + outputShape.channels])
      means[index] = pass.statistics[place]
      inverseDeviations[index] = Float(1 / (variance + Self.epsilon).squareRoot())
    }
  }
}
