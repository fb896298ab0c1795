import Communication
import Optimizers
import Tensors

/// A network that is nothing but parameters, with gradients that are known for every block.
///
/// Its layers come in all sizes around the smallest bucket; layers without parameters report an
/// empty range at 0, as rectifiers do.
final class FakeNetwork {
  /// From input to output.
  static let layerSizes = [3, 0, 40_001, 0, 17, 0, 20_003, 0, 16_384, 0, 5]

  let layers: [Range<Int>]
  let parameters: FloatBuffer
  let exchange: GradientExchange
  private let gradients: GradientPartials
  private let gradient: Gradient
  private let communicator: any Communicator

  /// A replica on this rank for batches of up to `images`.
  ///
  /// - Parameters:
  ///   - optimizer: p −= g unless it is another.
  ///   - clipNorm: the largest norm of a gradient, nil for any.
  init(
    _ communicator: any Communicator, images: Int, gradient: Gradient,
    optimizer: FakeOptimizer = FakeOptimizer(), clipNorm: Double? = nil
  ) throws {
    let kernels = KernelSet.available[0]
    let segments = ParameterSegments(
      layers: Self.layerRanges, rank: communicator.rank, worldSize: communicator.worldSize,
      grain: clipNorm == nil ? 1 : GradientClipping.chunk)
    self.layers = Self.layerRanges
    let end = Self.layerSizes.reduce(0, +)
    self.parameters = FloatBuffer((0..<end).map(Self.start))
    self.gradients = GradientPartials(
      count: end,
      partials: BlockShare.mostSubtrees(images: images, worldSize: communicator.worldSize))
    self.exchange = GradientExchange(
      communicator, parameters: parameters, gradients: gradients,
      segments: segments, images: images, optimizer: optimizer,
      clipping: clipNorm.map {
        GradientClipping(limit: $0, communicator, segments, kernels: kernels)
      }, kernels: kernels)
    self.gradient = gradient
    self.communicator = communicator
  }

  /// What this rank owns.
  static func segments(_ communicator: any Communicator) -> ParameterSegments {
    ParameterSegments(
      layers: layerRanges, rank: communicator.rank, worldSize: communicator.worldSize)
  }

  private static var layerRanges: [Range<Int>] {
    var end = 0
    return layerSizes.map { size in
      defer { end += size }
      return size == 0 ? 0..<0 : end..<end + size
    }
  }

  /// A parameter before the first step.
  static func start(_ parameter: Int) -> Float { Float(parameter % 1021) / 8 - 64 }

  /// One step, p −= g: each layer's partial gradients are formed and added from output to input.
  func step(_ step: Int, images: Int) throws {
    let share = BlockShare(
      images: images, rank: communicator.rank, worldSize: communicator.worldSize)
    // What is sent before it is formed shows.
    for element in gradients.buffer.elements.indices { gradients.buffer[element] = .nan }
    for layer in layers.reversed() {
      for (partial, node) in share.subtrees.enumerated() {
        let target = gradients.slice(layer, partial: partial)
        for (element, parameter) in zip(target.range, layer) {
          target.buffer[element] = treeSum(share.tree.blocks(of: node)) {
            gradient(step: step, block: $0, parameter: parameter)
          }
        }
      }
      try exchange.add(layer, share: share)
    }
    try exchange.finish(share: share)
  }

  /// The parameters after steps of batches of these sizes, by one rank without an exchange.
  static func serial(
    _ images: [Int], count: Int, gradient: Gradient, clipNorm: Double = .infinity
  ) -> [Float] {
    var parameters = (0..<count).map(start)
    for (step, images) in images.enumerated() {
      let blocks = 0..<LaneBlocks.count(forImages: images)
      let gradients = (0..<count).map { parameter in
        treeSum(blocks) { gradient(step: step, block: $0, parameter: parameter) }
      }
      let norm = gradients.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      let factor = Float(min(1, clipNorm / (norm + 1e-6)))
      for (index, gradient) in gradients.enumerated() { parameters[index] -= gradient * factor }
    }
    return parameters
  }
}

/// The gradient of one block.
enum Gradient {
  /// Multiples of ⅛ below 8, whose sums are exact in any order.
  case exact
  /// Any numbers of different sizes, whose sums depend on the order.
  case random

  func callAsFunction(step: Int, block: Int, parameter: Int) -> Float {
    switch self {
    case .exact: return Float((31 * block + 7 * parameter + 13 * step) % 64) / 8
    case .random:
      let words = CounterRandom(seed: step, purpose: .synthetic).words(parameter, sample: block)
      let sign: Float = words.0 & 1 == 0 ? 1 : -1
      return sign * Float(words.1) * 0x1p-32 * Float(1 << (words.2 % 12))
    }
  }
}

/// An optimizer that does what it is told, by p −= g unless that is another, and has no state.
final class FakeOptimizer: Optimizer {
  typealias Update = (_ parameters: FloatSlice, _ gradient: FloatSlice, _ state: Range<Int>) -> Void

  let state: [FloatBuffer] = []
  let stateNames: [String] = []
  private(set) var steps = 0
  private let update: Update

  init(_ update: @escaping Update = FakeOptimizer.subtract) { self.update = update }

  func resume(after steps: Int) { self.steps = steps }
  func begin(learningRate: Double) { steps += 1 }
  func update(_ parameters: FloatSlice, gradient: FloatSlice, state: Range<Int>) -> StepSums {
    update(parameters, gradient, state)
    return .none
  }

  private static func subtract(
    _ parameters: FloatSlice, _ gradient: FloatSlice, _ state: Range<Int>
  ) {
    for (target, source) in zip(parameters.range, gradient.range) {
      parameters.buffer[target] -= gradient.buffer[source]
    }
  }
}
