import Tensors
import TestSupport
import Testing

@Suite struct BLASDenseProductsTests {
  init() { _ = BLASDenseProducts.prepare() }

  @Test("OpenBLAS and the lane kernels agree within rounding, full and pruned")
  func agreesWithLanes() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<20 {
      let shape = RandomDenseLayer.anyShape(using: &random)
      let layer = RandomDenseLayer(shape, using: &random)
      let kernels = KernelSet.available[0]
      let lane = layer.results(of: LaneDenseProducts(layer.connectivity, kernels: kernels))
      let blas = layer.results(of: BLASDenseProducts(layer.connectivity, kernels: kernels))
      for (result, expected) in zip(blas, lane) {
        let largest = expected.numbers.elements.reduce(0) { max($0, abs($1)) }
        // No largest difference, which a NaN would not be.
        let isClose = zip(result.numbers.elements, expected.numbers.elements)
          .allSatisfy { abs($0 - $1) <= 1e-5 * largest }
        #expect(isClose, "\(result.name), \(shape)")
      }
    }
  }

  @Test("the same call gives the same bits")
  func repeats() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for density in [0.3, 1] {
      let layer = RandomDenseLayer(
        RandomDenseLayer.Shape(units: 30, inputs: 50, images: 75, density: density), using: &random)
      let products = BLASDenseProducts(layer.connectivity, kernels: KernelSet.available[0])
      for (first, second) in zip(layer.results(of: products), layer.results(of: products)) {
        #expect(first.numbers.firstDifference(from: second.numbers) == nil, "\(first.name)")
      }
    }
  }

  @Test("OpenBLAS names the core it has chosen its kernels for")
  func coreName() {
    #expect(!BLASDenseProducts.prepare().isEmpty)
  }
}
