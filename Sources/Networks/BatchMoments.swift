import Tensors

/// The sums over a batch that a batch norm needs, and the running moments they move.
struct BatchMoments {
  private static let epsilon = 1e-5
  private static let momentum = 0.1

  let shape: FeatureShape
  /// The surviving channels.
  let channels: [Int]
  /// Where the running means of all channels, then the variances, lie.
  let statistics: Range<Int>
  let kernels: KernelSet

  /// Mean and 1/√(variance + ε) of each surviving channel: the batch's while training, which the running
  /// ones then move towards; else the running ones.
  func forward(
    _ pass: Pass, _ input: LaneBlocks
  ) throws -> [(mean: Float, inverseDeviation: Float)] {
    guard pass.mode == .training else {
      return channels.map { channel in
        let place = statistics.lowerBound + channel
        return moments(
          mean: Double(pass.statistics[place]),
          variance: Double(pass.statistics[place + shape.channels]))
      }
    }
    let centers = channels.map { pass.statistics[statistics.lowerBound + $0] }
    let sums = try total(pass) { block, index in
      let moments = kernels.moments(
        ChannelMap(input, block: block, channel: channels[index]), center: centers[index],
        images: pass.run.images(in: block))
      return (moments.sum, moments.squares)
    }
    let count = Double(pass.run.images * shape.height * shape.width)
    return channels.indices.map { index in
      let offset = sums[2 * index] / count
      let variance = max(0, sums[2 * index + 1] / count - offset * offset)
      let mean = Double(centers[index]) + offset
      let place = statistics.lowerBound + channels[index]
      move(pass.statistics, place, towards: mean)
      move(
        pass.statistics, place + shape.channels, towards: variance * count / max(count - 1, 1))
      return moments(mean: mean, variance: variance)
    }
  }

  /// The totals of two numbers a block and surviving channel.
  func backward(
    _ pass: Pass, _ sums: (_ block: Int, _ index: Int) -> (sum: Double, products: Double)
  ) throws -> [Double] {
    try total(pass) { block, index in
      let moments = sums(block, index)
      return (moments.sum, moments.products)
    }
  }

  private func total(
    _ pass: Pass, _ sums: (_ block: Int, _ index: Int) -> (Double, Double)
  ) throws -> [Double] {
    var partials = BlockPartials(run: pass.run, width: 2 * channels.count)
    for block in 0..<pass.run.count {
      partials.append(
        [Double](unsafeUninitializedCapacity: 2 * channels.count) { row, count in
          for index in channels.indices {
            (row[2 * index], row[2 * index + 1]) = sums(block, index)
          }
          count = 2 * channels.count
        })
    }
    return try pass.sums.totals(of: [partials])[0]
  }

  private func moments(
    mean: Double, variance: Double
  ) -> (mean: Float, inverseDeviation: Float) {
    (Float(mean), Float(1 / (variance + Self.epsilon).squareRoot()))
  }

  private func move(_ statistics: FloatBuffer, _ place: Int, towards value: Double) {
    statistics[place] = Float(
      (1 - Self.momentum) * Double(statistics[place]) + Self.momentum * value)
  }
}
