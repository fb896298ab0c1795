import Tensors

/// A convolution with random kernels kept, ready to be timed.
struct ConvolutionBench {
  /// Layers of ResNet-20, ResNet-18, VGG-16, ResNet-50 and LeNet-5.
  static let shapes = [
    square(16, 16, 32), square(32, 32, 16), square(64, 64, 8), square(64, 64, 32),
    square(128, 128, 16), square(256, 256, 8), square(512, 512, 4), square(512, 512, 2),
    square(16, 32, 32, stride: 2), square(32, 64, 16, stride: 2),
    square(64, 128, 32, kernel: 1, stride: 2, padding: 0),
    square(64, 256, 16, kernel: 1, padding: 0), square(256, 64, 16, kernel: 1, padding: 0),
    square(1024, 256, 4, kernel: 1, padding: 0), square(512, 2048, 2, kernel: 1, padding: 0),
    square(1, 20, 28, kernel: 5, padding: 0),
    square(20, 50, 12, kernel: 5, padding: 0),
  ]

  private let products: any ConvolutionProducts
  private let x, dx, y, dy: LaneBlocks
  private let weights: FloatSlice
  private let gradients: GradientPartials
  private let share: BlockShare
  /// Floating-point operations of each product: surviving kernels on real pixels.
  let operations: Double

  init(_ shape: ConvolutionShape, density: Double, blocks: Int, kernels: KernelSet, blas: Bool) {
    let random = CounterRandom(seed: 0, purpose: .synthetic)
    var mask = Mask(count: shape.filters * shape.inputs)
    for index in 0..<mask.count where random.uniform(index) >= density { mask[index] = false }
    let connectivity = Connectivity(
      units: shape.filters, connectionsPerUnit: shape.inputs, mask: mask, offset: 0)
    products =
      blas
      ? BLASConvolutionProducts(connectivity, shape: shape, hasBias: false, kernels: kernels)
      : LaneConvolutionProducts(connectivity, shape: shape, hasBias: false, kernels: kernels)
    x = LaneBlocks(shape: shape.input, halo: shape.padding, capacity: blocks)
    dx = LaneBlocks(shape: shape.input, halo: shape.padding, capacity: blocks)
    y = LaneBlocks(shape: shape.output, halo: shape.gradientHalo, capacity: blocks)
    dy = LaneBlocks(shape: shape.output, halo: shape.gradientHalo, capacity: blocks)
    for buffer in [x.buffer, dy.buffer] {
      for index in 0..<buffer.count { buffer[index] = Float(random.uniform(index)) }
    }
    let count = connectivity.kept * shape.taps
    weights = FloatSlice(
      FloatBuffer((0..<count).map { Float(random.uniform($0)) - 0.5 }), 0..<count)
    gradients = GradientPartials(count: count, partials: 1)
    share = BlockShare(images: blocks * LaneBlocks.lanes, rank: 0, worldSize: 1)
    operations = 2 * Double(connectivity.kept * shape.realPairs * share.images)
  }

  func forward() { products.forward(x, into: y, weights: weights, blocks: share.count) }
  func backward() { products.backward(dy, into: dx, weights: weights, blocks: share.count) }
  func weightGradient() { products.weightGradient(dy, x, into: gradients, offset: 0, share: share) }

  private static func square(
    _ inputs: Int, _ filters: Int, _ size: Int, kernel: Int = 3, stride: Int = 1, padding: Int = 1
  ) -> ConvolutionShape {
    ConvolutionShape(
      inputs: inputs, height: size, width: size, filters: filters, kernel: kernel, stride: stride,
      padding: padding)
  }
}
