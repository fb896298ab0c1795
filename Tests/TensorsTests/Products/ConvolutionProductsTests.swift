import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct ConvolutionProductsTests {
  /// Every product of `products`, with halos of `halo`.
  struct Results {
    let y, dx: LaneBlocks
    let gradients: [[Float]]

    init(_ example: ConvolutionCase, _ products: some ConvolutionProducts, halo: Int) {
      let (shape, share) = (example.shape, example.share)
      y = LaneBlocks(shape: shape.output, halo: halo, capacity: share.count)
      dx = LaneBlocks(shape: shape.input, halo: halo, capacity: share.count)
      y.fill { _ in .nan }
      dx.fill { _ in .nan }
      let offset = 5
      let weights = FloatSlice(FloatBuffer(example.weights), 0..<example.weights.count)
      let partials = GradientPartials(
        count: offset + weights.count, partials: share.subtrees.count)
      products.forward(example.x, into: y, weights: weights, blocks: share.count)
      products.backward(example.dy, into: dx, weights: weights, blocks: share.count)
      products.weightGradient(example.dy, example.x, into: partials, offset: offset, share: share)
      gradients = share.subtrees.indices.map {
        Array(
          partials.buffer.elements[
            $0 * partials.stride + offset..<$0 * partials.stride + offset + weights.count])
      }
    }
  }

  func check(_ example: ConvolutionCase, _ sets: [KernelSet]) {
    let y = example.forward().interior
    let dx = example.backward().interior
    let gradients = example.weightGradient()
    for kernels in sets {
      let products = LaneConvolutionProducts(
        example.connectivity, shape: example.shape, hasBias: example.hasBias, kernels: kernels)
      let results = Results(example, products, halo: 1)
      let name: Comment = "\(kernels.name), \(example.shape), kept \(example.connectivity.kept)"
      expectSame(results.y.interior, y, name)
      expectSame(results.dx.interior, dx, name)
      expectSame(Array(results.gradients.joined()), Array(gradients.joined()), name)
      #expect(results.y.surroundingsAreUntouched, name)
      #expect(results.dx.surroundingsAreUntouched, name)
    }
  }

  @Test("Every kernel set gives the bits of the definition on random convolutions")
  func definition() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<60 {
      check(.random(channels: 6, size: 9, using: &random), KernelSet.available)
    }
  }

  @Test("So do wide maps and many channels")
  func largeShapes() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<4 {
      check(.random(channels: 3, size: 40, using: &random), KernelSet.available)
      check(.random(channels: 40, size: 4, using: &random), KernelSet.available)
    }
  }

  /// Maps of `size` × `size`, the channels such that every tile finds some and leaves some over.
  static func shape(
    _ size: Int, _ kernel: Int, stride: Int = 1, padding: Int? = nil, inputs: Int = 20
  ) -> ConvolutionShape {
    let channels = size > 8 ? 5 : inputs
    return ConvolutionShape(
      inputs: channels, height: size, width: size, filters: channels + 1, kernel: kernel,
      stride: stride, padding: padding ?? kernel / 2)
  }

  private static let shapesWithTiles = [
    shape(2, 3), shape(4, 3), shape(8, 3), shape(16, 3), shape(32, 3), shape(4, 5), shape(4, 1),
    // Whole and odd maps under every kernel and stride of the networks, and some beside.
    shape(7, 1, stride: 2), shape(8, 1, stride: 2), shape(7, 3, stride: 2), shape(8, 3, stride: 2),
    shape(9, 5, stride: 2), shape(12, 5, padding: 0), shape(5, 3, padding: 0),
    shape(6, 2, padding: 1),
    // Columns of outputs that see nothing but padding.
    shape(4, 1, padding: 2), shape(16, 1, padding: 2), shape(6, 2, stride: 2, padding: 3),
    // The largest kernels, one tap on each pixel.
    shape(12, 12, padding: 0), shape(7, 7, padding: 3, inputs: 3),
    // More channels than fit a chunk.
    shape(3, 3, inputs: 34), shape(3, 1, inputs: 34),
  ]

  /// Channels, filters, size and stride of 1×1 kernels: more channels than a panel has, more
  /// filters than have accumulators at once, positions left over, large maps.
  private static let shapesWithPanels = [
    (130, 3, 5, 1), (66, 130, 3, 2), (140, 9, 4, 2), (3, 6, 33, 1), (5, 4, 37, 1), (4, 5, 35, 2),
  ].map { inputs, filters, size, stride in
    ConvolutionShape(
      inputs: inputs, height: size, width: size + 1, filters: filters, kernel: 1, stride: stride,
      padding: 0)
  }

  @Test(
    "So do the shapes that have tiles or panels of their own",
    arguments: shapesWithTiles + shapesWithPanels,
    [1, 0.4, 0])
  func tiledShapes(_ shape: ConvolutionShape, density: Double) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let share = BlockShare(images: 16 * (shape.width > 8 ? 1 : 5), rank: 0, worldSize: 1)
    let example = ConvolutionCase(
      shape, hasBias: .random(using: &random), density: density, share: share, using: &random)
    check(example, KernelSet.available.filter { $0.name != "portable" || shape.width <= 8 })
  }

  static let filteredShapes = [
    (32, 32, 4, 4), (16, 32, 8, 4), (32, 16, 4, 12), (16, 16, 8, 16), (48, 80, 4, 4),
    (80, 48, 4, 8), (32, 64, 12, 12),
  ].map { inputs, filters, height, width in
    ConvolutionShape(
      inputs: inputs, height: height, width: width, filters: filters, kernel: 3, padding: 1)
  }

  @Test("A rank without blocks computes nothing", arguments: [1, 0.5])
  func noBlocks(density: Double) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let share = BlockShare(images: 20, rank: 2, worldSize: 3)
    #expect(share.count == 0)
    check(
      ConvolutionCase(
        Self.shape(4, 3), hasBias: true, density: density, share: share, using: &random),
      KernelSet.available)
  }

  @Test("So do more channels than fit a chunk, and more filters than are accumulated at once")
  func manyChannels() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let share = BlockShare(images: 16 * 8, rank: 1, worldSize: 3)
    for (size, stride) in [(1, 1), (2, 1), (6, 1), (5, 2)] {
      for density in [1, 0.5] {
        let shape = ConvolutionShape(
          inputs: 70, height: size, width: size, filters: 43, kernel: 3, stride: stride, padding: 1)
        check(
          ConvolutionCase(shape, hasBias: true, density: density, share: share, using: &random),
          KernelSet.available.filter { $0.name != "portable" })
      }
    }
  }

  @Test(
    "A map too large for the caches is taken in bands, too many channels in turns",
    arguments: [
      (inputs: 10, height: 38, filters: 5, kernel: 3),
      (inputs: 2, height: 30, filters: 2, kernel: 7),
      (inputs: 40, height: 16, filters: 3, kernel: 3),
      (inputs: 140, height: 5, filters: 2, kernel: 3),
    ], [1, 0.3])
  func bands(
    _ size: (inputs: Int, height: Int, filters: Int, kernel: Int), density: Double
  ) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let share = BlockShare(images: 32, rank: 0, worldSize: 1)
    for stride in [1, 2] {
      let shape = ConvolutionShape(
        inputs: size.inputs, height: size.height, width: 32, filters: size.filters,
        kernel: size.kernel, stride: stride, padding: size.kernel / 2)
      check(
        ConvolutionCase(shape, hasBias: false, density: density, share: share, using: &random),
        KernelSet.available.filter { $0.name != "portable" })
    }
  }

  @Test("A full list and a list that lacks one filter compute the rest alike")
  func fullAndListed() throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let shape = ConvolutionShape(
      inputs: 9, height: 12, width: 12, filters: 10, kernel: 3, padding: 1)
    let share = BlockShare(images: 48, rank: 0, worldSize: 1)
    let full = ConvolutionCase(shape, hasBias: true, density: 1, share: share, using: &random)
    var mask = full.mask
    for connection in mask.count - 10..<mask.count { mask[connection] = false }
    let listed = Connectivity(units: 10, connectionsPerUnit: 10, mask: mask, offset: 0)
    let kernels = try #require(KernelSet.named(nil))
    let kept = 9 * (9 * 9 + 1)
    let weights = FloatBuffer(full.weights)
    let outputs = [full.connectivity, listed].map { connectivity in
      let products = LaneConvolutionProducts(
        connectivity, shape: shape, hasBias: true, kernels: kernels)
      let y = LaneBlocks(shape: shape.output, capacity: share.count)
      products.forward(
        full.x, into: y,
        weights: FloatSlice(weights, 0..<(connectivity.isFull ? weights.count : kept)),
        blocks: share.count)
      let gradients = GradientPartials(count: weights.count, partials: 1)
      products.weightGradient(full.dy, full.x, into: gradients, offset: 0, share: share)
      let perBlock = y.interior.count / share.count
      let rest = y.interior.enumerated().filter { $0.offset % perBlock < perBlock / 10 * 9 }
      return rest.map(\.element) + gradients.buffer.elements[..<kept]
    }
    #expect(outputs[0] == outputs[1])
  }

  @Test("OpenBLAS agrees to 1e-5 of the largest number")
  func openBLAS() throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    _ = BLASDenseProducts.prepare()
    let kernels = try #require(KernelSet.named(nil))
    for _ in 0..<20 {
      let example = ConvolutionCase.random(channels: 20, size: 12, using: &random)
      let (shape, hasBias) = (example.shape, example.hasBias)
      let lane = LaneConvolutionProducts(
        example.connectivity, shape: shape, hasBias: hasBias, kernels: kernels)
      let blas = BLASConvolutionProducts(
        example.connectivity, shape: shape, hasBias: hasBias, kernels: kernels)
      let ours = Results(example, lane, halo: 0)
      let theirs = Results(example, blas, halo: 2)
      expectClose(ours.y.interior, theirs.y.interior)
      expectClose(ours.dx.interior, theirs.dx.interior)
      expectClose(Array(ours.gradients.joined()), Array(theirs.gradients.joined()))
      #expect(theirs.y.surroundingsAreUntouched)
      #expect(theirs.dx.surroundingsAreUntouched)
    }
  }

  /// Arrays that differ in all their numbers would be compared for hours by `#expect` itself.
  func expectSame(_ a: [Float], _ b: [Float], _ comment: Comment) {
    let difference = zip(a, b).enumerated().first { $0.element.0 != $0.element.1 }
    #expect(
      a.count == b.count && difference == nil, "\(comment): \(String(describing: difference))")
  }

  func expectClose(_ a: [Float], _ b: [Float]) {
    #expect(a.count == b.count)
    let scale = max(1, a.map(abs).max() ?? 0)
    // No largest difference, which a NaN would not be.
    let isClose = zip(a, b).allSatisfy { abs($0 - $1) <= 1e-5 * scale }
    #expect(isClose)
  }
}
