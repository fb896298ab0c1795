import Datasets
import Tensors
import Testing

@Suite struct ImageSetTests {
  private static let shape = FeatureShape(channels: 1, height: 2, width: 3)

  /// 50 images; pixel p of image i is (5 i + p) mod 256, its label i mod 10.
  private let images = ImageSet(
    shape: shape,
    pixels: (0..<50 * 6).map { UInt8(truncatingIfNeeded: 5 * ($0 / 6) + $0 % 6) },
    labels: (0..<50).map { Int32($0 % 10) })

  private func pixel(_ image: Int, _ pixel: Int) -> Float {
    Float((5 * image + pixel) % 256) / 255
  }

  @Test("it counts its images")
  func count() { #expect(images.count == 50) }

  @Test(
    "each rank gets its images in its lanes and their labels in order",
    arguments: KernelSet.available, [(40, 1), (40, 2), (40, 3), (16, 2), (1, 1), (33, 2), (50, 4)])
  func lanes(_ kernels: KernelSet, _ batch: (images: Int, ranks: Int)) {
    // Backwards and from the middle of a longer order, so that no index stands for another.
    let order = (0..<60).map { (59 - $0) % 50 }[10..<10 + batch.images]
    var labels: [Int32] = []
    for rank in 0..<batch.ranks {
      let share = BlockShare(images: batch.images, rank: rank, worldSize: batch.ranks)
      let input = LaneBlocks(shape: Self.shape, capacity: max(share.count, 1))
      // What was there before must not shine through.
      for block in 0..<share.count {
        for lane in 0..<LaneBlocks.lanes { input[block, 0, lane] = 9 }
      }
      let loader = ImageLoader(kernels: kernels)
      loader.load(images, order, share: share, into: input)
      labels += loader.labels
      for block in 0..<share.count {
        expect(
          input, block: block, holds: order, from: (share.range.lowerBound + block) * 16, kernels)
      }
    }
    #expect(labels == order.map { Int32($0 % 10) })
  }

  /// Requires the 16 lanes of `block` to be the images from `start` of `order` on, then empty
  /// lanes.
  private func expect(
    _ input: LaneBlocks, block: Int, holds order: ArraySlice<Int>, from start: Int,
    _ kernels: KernelSet
  ) {
    for lane in 0..<LaneBlocks.lanes {
      let image = order.dropFirst(start + lane).first
      for feature in 0..<6 {
        let expected = image.map { pixel($0, feature) } ?? 0
        #expect(
          abs(input[block, feature, lane] - expected) <= expected.ulp,
          "\(kernels.name): block \(block), pixel \(feature), lane \(lane)")
      }
      #expect(input[block, 6, lane] == 1, "the constant row")
    }
  }

  @Test("synthetic images have the shape and the labels asked for, and are the same every time")
  func synthetic() {
    let first = ImageSet.synthetic(count: 25, shape: Self.shape, classes: 4)
    let second = ImageSet.synthetic(count: 25, shape: Self.shape, classes: 4)
    #expect(first.count == 25 && first.shape == Self.shape)
    #expect(first.labels == (0..<25).map { Int32($0 % 4) })
    #expect(first.pixels.copy == second.pixels.copy)
    #expect(Set(first.pixels.copy).count > 50)
  }
}
