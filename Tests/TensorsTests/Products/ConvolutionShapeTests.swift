import Tensors
import TestSupport
import Testing

@Suite struct ConvolutionShapeTests {
  @Test(
    "Output sizes and halos by their formulas",
    arguments: [
      (size: 32, kernel: 3, stride: 1, padding: 1, output: 32, halo: 1),
      (size: 32, kernel: 3, stride: 2, padding: 1, output: 16, halo: 1),
      (size: 28, kernel: 5, stride: 1, padding: 0, output: 24, halo: 4),
      (size: 32, kernel: 1, stride: 2, padding: 0, output: 16, halo: 0),
      (size: 7, kernel: 4, stride: 2, padding: 2, output: 4, halo: 1),
      (size: 2, kernel: 1, stride: 1, padding: 2, output: 6, halo: 0),
    ])
  func sizes(
    _ example: (size: Int, kernel: Int, stride: Int, padding: Int, output: Int, halo: Int)
  ) {
    let shape = ConvolutionShape(
      inputs: 2, height: example.size, width: example.size, filters: 3, kernel: example.kernel,
      stride: example.stride, padding: example.padding)
    #expect(shape.outputHeight == example.output && shape.outputWidth == example.output)
    #expect(shape.gradientHalo == example.halo)
    #expect(shape.output.count == 3 * example.output * example.output)
  }

  @Test("Pairs on real pixels: all but those in the padding")
  func realPairs() {
    func pairs(_ size: Int, _ kernel: Int, _ stride: Int, _ padding: Int) -> Int {
      ConvolutionShape(
        inputs: 1, height: size, width: size, filters: 1, kernel: kernel, stride: stride,
        padding: padding
      ).realPairs
    }
    #expect(pairs(2, 3, 1, 1) == 16)
    #expect(pairs(4, 3, 1, 1) == 100)
    #expect(pairs(28, 5, 1, 0) == 24 * 24 * 25)
    #expect(pairs(1, 1, 1, 2) == 1)
  }

  @Test("Pairs on real pixels by counting")
  func countedPairs() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<50 {
      let example = ConvolutionCase.random(channels: 1, size: 9, using: &random)
      var count = 0
      example.forEachPair { _, _, _, _ in count += 1 }
      #expect(example.shape.realPairs == count)
    }
  }

  @Test("A halo surrounds every map; the ones lie after the block")
  func halo() {
    let x = LaneBlocks(
      shape: FeatureShape(channels: 2, height: 3, width: 4), halo: 2, capacity: 2)
    #expect(x.rowStride == 8 * 16 && x.planeStride == 7 * 8 * 16)
    #expect(x.stride == 2 * 7 * 8 * 16 + 16)
    x[1, 1, 2, 3, 15] = 5
    #expect(x.buffer[x.stride + x.planeStride + 4 * x.rowStride + 5 * 16 + 15] == 5)
    #expect(x.buffer[x.stride - 1] == 1 && x.buffer[2 * x.stride - 16] == 1)
    #expect(x[0, 0, -2, -2, 0] == 0)
  }
}
