import Tensors
import TestSupport
import Testing

extension ConvolutionProductsTests {
  @Test(
    "Convolutions by minimal filtering have one order, too", arguments: filteredShapes, [1, 0.95])
  func minimalFiltering(_ shape: ConvolutionShape, density: Double) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for share in [
      BlockShare(images: 16 * 5, rank: 1, worldSize: 2),
      BlockShare(images: 16, rank: 0, worldSize: 1),
      BlockShare(images: 20, rank: 2, worldSize: 3),
    ] {
      let example = ConvolutionCase(
        shape, hasBias: .random(using: &random), density: density, share: share, using: &random)
      #expect(example.filtering.servesConvolution)
      check(example, KernelSet.available)
    }
  }

  @Test(
    "Forward alone, minimal filtering takes channels and filters that fill no vector",
    arguments: [(35, 33), (33, 47), (48, 50)])
  func minimalFilteringForward(inputs: Int, filters: Int) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let share = BlockShare(images: 32, rank: 0, worldSize: 1)
    let shape = ConvolutionShape(
      inputs: inputs, height: 8, width: 4, filters: filters, kernel: 3, stride: 1, padding: 1)
    for density in [1, 0.97] {
      let example = ConvolutionCase(
        shape, hasBias: true, density: density, share: share, using: &random)
      let positions = (0..<filters).map { filter in
        (0...inputs).filter { example.mask[filter * (inputs + 1) + $0] }.map(UInt32.init)
      }
      let connectivity = Connectivity(
        connectionsPerUnit: inputs + 1,
        starts: positions.reduce(into: [0]) { $0.append($0[$0.count - 1] + UInt32($1.count)) },
        columns: Array(positions.joined()), servesBackward: false)
      let expected = example.filteredForward().interior
      for kernels in KernelSet.available {
        let products = LaneConvolutionProducts(
          connectivity, shape: shape, hasBias: true, kernels: kernels)
        let y = LaneBlocks(shape: shape.output, capacity: share.count)
        products.forward(
          example.x, into: y,
          weights: FloatSlice(FloatBuffer(example.weights), 0..<example.weights.count),
          blocks: share.count)
        expectSame(y.interior, expected, "\(kernels.name)")
      }
    }
  }

  @Test("Minimal filtering adds to what is there")
  func minimalFilteringAdds() throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let share = BlockShare(images: 32, rank: 0, worldSize: 1)
    let example = ConvolutionCase(
      Self.filteredShapes[2], hasBias: false, density: 1, share: share, using: &random)
    let dx = LaneBlocks(shape: example.shape.input, capacity: share.count)
    dx.fill { _ in Float.random(in: -1...1, using: &random) }
    let expected = example.filteredBackward(added: dx).interior
    for kernels in KernelSet.available {
      let products = LaneConvolutionProducts(
        example.connectivity, shape: example.shape, hasBias: false, kernels: kernels)
      let sum = LaneBlocks(shape: example.shape.input, capacity: share.count)
      sum.fill { dx[$0.block, $0.channel, $0.row, $0.column, $0.lane] }
      products.backward(
        example.dy, into: sum, adds: true,
        weights: FloatSlice(FloatBuffer(example.weights), 0..<example.weights.count),
        blocks: share.count)
      expectSame(sum.interior, expected, "\(kernels.name)")
    }
  }

  @Test(
    "Minimal filtering agrees with OpenBLAS to 1e-5 of the largest number",
    arguments: filteredShapes, [1, 0.95])
  func minimalFilteringAndOpenBLAS(_ shape: ConvolutionShape, density: Double) throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    _ = BLASDenseProducts.prepare()
    let kernels = try #require(KernelSet.named(nil))
    let share = BlockShare(images: 48, rank: 0, worldSize: 1)
    let example = ConvolutionCase(
      shape, hasBias: true, density: density, share: share, using: &random)
    let lane = LaneConvolutionProducts(
      example.connectivity, shape: shape, hasBias: true, kernels: kernels)
    let blas = BLASConvolutionProducts(
      example.connectivity, shape: shape, hasBias: true, kernels: kernels)
    let (ours, theirs) = (Results(example, lane, halo: 0), Results(example, blas, halo: 2))
    expectClose(ours.y.interior, theirs.y.interior)
    expectClose(ours.dx.interior, theirs.dx.interior)
    expectClose(Array(ours.gradients.joined()), Array(theirs.gradients.joined()))
  }
}
