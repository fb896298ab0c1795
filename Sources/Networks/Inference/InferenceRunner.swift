import Tensors

/// What computes an operation of inference.
protocol InferenceRunner {
  /// Computes the output of the first `blocks` lane blocks.
  func run(_ inputs: [LaneBlocks], into output: LaneBlocks, blocks: Int)
}

extension InferenceGraph.Operation {
  /// What computes it.
  func runner(_ kernels: KernelSet, _ scratch: ScratchMemory) -> any InferenceRunner {
    switch kind {
    case .product(let product):
      ProductRunner(product, rectifies: rectifies, kernels: kernels, scratch: scratch)
    case .scale(let scale): ScaleRunner(scale, rectifies: rectifies, kernels: kernels)
    case .activation(let activation): ActivationRunner(activation, kernels: kernels)
    case .maxPool(let size): MaxPoolingRunner(size: size, kernels: kernels)
    case .mean: MeanRunner(kernels: kernels)
    case .sum(let sum): SumRunner(sum, rectifies: rectifies, kernels: kernels)
    }
  }
}

/// Weighted sums by the products that training uses, of which only the forward one has its lists.
private struct ProductRunner: InferenceRunner {
  private let products: any LayerProducts
  private let weights: FloatBuffer
  private let rectifies: Bool
  private let kernels: KernelSet

  init(
    _ product: InferenceProduct, rectifies: Bool, kernels: KernelSet, scratch: ScratchMemory
  ) {
    let product = product.filled
    var (starts, columns, weights): ([UInt32], [UInt32], [Float]) = ([0], [], [])
    for unit in 0..<product.units {
      for connection in product.starts[unit]..<product.starts[unit + 1] {
        columns.append(UInt32(product.inputs[connection]))
        weights += product.kernel(connection)
      }
      columns.append(UInt32(product.inputCount))
      weights.append(product.biases[unit])
      starts.append(UInt32(columns.count))
    }
    let connectivity = Connectivity(
      connectionsPerUnit: product.inputCount + 1, starts: starts, columns: columns,
      servesBackward: false)
    self.products =
      if let shape = product.convolution {
        LaneConvolutionProducts(
          connectivity, shape: shape, hasBias: true, kernels: kernels, scratch: scratch)
      } else {
        LaneDenseProducts(connectivity, kernels: kernels)
      }
    self.weights = FloatBuffer(weights)
    (self.rectifies, self.kernels) = (rectifies, kernels)
  }

  func run(_ inputs: [LaneBlocks], into output: LaneBlocks, blocks: Int) {
    products.forward(
      inputs[0], into: output, weights: FloatSlice(weights, 0..<weights.count), blocks: blocks)
    if rectifies { kernels.rectify(output, blocks: blocks) }
  }
}

extension InferenceProduct {
  /// Kept / all from which lists take longer than all connections with zeros for those that are
  /// pruned, as `kernel-bench` times both.
  private static let leastDensity = 0.7

  /// With zeros for the few connections that it lacks; as it is where it lacks many.
  fileprivate var filled: InferenceProduct {
    let all = units * inputCount
    guard inputs.count < all, Double(inputs.count) >= Self.leastDensity * Double(all) else {
      return self
    }
    let zeros = [Float](repeating: 0, count: taps)
    var filled = InferenceProduct(convolution: convolution, inputCount: inputCount)
    for unit in 0..<units {
      filled.appendUnit(bias: biases[unit])
      var connection = starts[unit]
      for input in 0..<inputCount {
        if connection < starts[unit + 1], inputs[connection] == input {
          filled.appendConnection(input: input, kernel(connection))
          connection += 1
        } else {
          filled.appendConnection(input: input, zeros)
        }
      }
    }
    return filled
  }
}

private struct ScaleRunner: InferenceRunner {
  private let scale: ChannelScale
  private let rectifies: Bool
  private let kernels: KernelSet

  init(_ scale: ChannelScale, rectifies: Bool, kernels: KernelSet) {
    (self.scale, self.rectifies, self.kernels) = (scale, rectifies, kernels)
  }

  func run(_ inputs: [LaneBlocks], into output: LaneBlocks, blocks: Int) {
    for block in 0..<blocks {
      for channel in scale.factors.indices {
        kernels.combine(
          channel, of: output, block: block,
          scaling: (scale.channels[channel], inputs[0], scale.factors[channel]),
          summand: scale.summands[channel], adding: nil, rectifies: rectifies)
      }
    }
  }
}

/// Computes an activation; where `worksInPlace` says so it may find input and output in one place.
struct ActivationRunner: InferenceRunner {
  private let activation: Activation
  private let kernels: KernelSet

  init(_ activation: Activation, kernels: KernelSet) {
    (self.activation, self.kernels) = (activation, kernels)
  }

  func run(_ inputs: [LaneBlocks], into output: LaneBlocks, blocks: Int) {
    switch activation {
    case .rectifier:
      copy(inputs[0], to: output, blocks)
      kernels.rectify(output, blocks: blocks)
    case .leaky(let slope):
      copy(inputs[0], to: output, blocks)
      kernels.leak(output, slope: slope, blocks: blocks)
    case .smooth(let function):
      kernels.activate(inputs[0], by: function, into: output, blocks: blocks)
    }
  }

  private func copy(_ input: LaneBlocks, to output: LaneBlocks, _ blocks: Int) {
    guard input.base(of: 0) != output.base(of: 0) else { return }
    for channel in 0..<input.shape.channels {
      kernels.addChannel(channel, of: input, to: channel, of: output, onto: false, blocks: blocks)
    }
  }
}

private struct MaxPoolingRunner: InferenceRunner {
  let size: Int
  let kernels: KernelSet

  func run(_ inputs: [LaneBlocks], into output: LaneBlocks, blocks: Int) {
    kernels.maxPool(inputs[0], into: output, size: size, blocks: blocks)
  }
}

private struct MeanRunner: InferenceRunner {
  let kernels: KernelSet

  func run(_ inputs: [LaneBlocks], into output: LaneBlocks, blocks: Int) {
    kernels.averagePool(inputs[0], into: output, blocks: blocks)
  }
}

private struct SumRunner: InferenceRunner {
  private let sum: ChannelSum
  private let rectifies: Bool
  private let kernels: KernelSet

  init(_ sum: ChannelSum, rectifies: Bool, kernels: KernelSet) {
    (self.sum, self.rectifies, self.kernels) = (sum, rectifies, kernels)
  }

  func run(_ inputs: [LaneBlocks], into output: LaneBlocks, blocks: Int) {
    for block in 0..<blocks {
      for channel in sum.summands.indices {
        // What is taken row by row can be scaled, any other term be added.
        let sources = sum.terms.enumerated().compactMap { index, term in
          term.channels[channel].map { (map: inputs[index], channel: $0, stride: term.stride) }
        }
        let scaled = sources.firstIndex { $0.stride == 1 }
        let added = sources.indices.first { $0 != scaled }
        kernels.combine(
          channel, of: output, block: block,
          scaling: scaled.map { (sources[$0].channel, sources[$0].map, 1) },
          summand: sum.summands[channel],
          adding: added.map { (sources[$0].channel, sources[$0].map, sources[$0].stride) },
          rectifies: rectifies)
      }
    }
  }
}
