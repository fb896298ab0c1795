import Tensors

/// A dense layer with random connections, ready to be timed.
struct DenseBench {
  private let products: LaneDenseProducts
  private let x, dx, y, dy: LaneBlocks
  private let weights: FloatSlice
  private let gradients: GradientPartials
  private let share: BlockShare
  /// Floating-point operations of each product, on surviving connections.
  let operations: Double

  init(
    _ shape: (inputs: Int, neurons: Int), density: Double, blocks: Int, kernels: KernelSet
  ) {
    let connections = shape.inputs + 1
    let random = CounterRandom(seed: 0, purpose: .synthetic)
    var mask = Mask(count: shape.neurons * connections)
    for index in 0..<mask.count where random.uniform(index) >= density { mask[index] = false }
    let connectivity = Connectivity(
      units: shape.neurons, connectionsPerUnit: connections, mask: mask, offset: 0)
    let images = blocks * LaneBlocks.lanes
    products = LaneDenseProducts(connectivity, kernels: kernels)
    x = LaneBlocks(shape: FeatureShape(channels: shape.inputs), capacity: blocks)
    dx = LaneBlocks(shape: FeatureShape(channels: shape.inputs), capacity: blocks)
    y = LaneBlocks(shape: FeatureShape(channels: shape.neurons), capacity: blocks)
    dy = LaneBlocks(shape: FeatureShape(channels: shape.neurons), capacity: blocks)
    for buffer in [x.buffer, dy.buffer] {
      for index in 0..<buffer.count { buffer[index] = Float(random.uniform(index)) }
    }
    let buffer = FloatBuffer((0..<connectivity.kept).map { Float(random.uniform($0)) - 0.5 })
    weights = FloatSlice(buffer, 0..<buffer.count)
    gradients = GradientPartials(count: connectivity.kept, partials: 1)
    share = BlockShare(images: images, rank: 0, worldSize: 1)
    operations = 2 * Double(connectivity.kept * images)
  }

  func forward() { products.forward(x, into: y, weights: weights, blocks: share.count) }
  func backward() { products.backward(dy, into: dx, weights: weights, blocks: share.count) }
  func weightGradient() {
    products.weightGradient(dy, x, into: gradients, offset: 0, share: share)
  }
}
