import Datasets
import Tensors
import Testing

@Suite struct AugmentationTests {
  typealias Window = Augmentation.Window
  private static let shape = FeatureShape(channels: 3, height: 10, width: 13)

  /// 40 images without a black pixel.
  private let images = ImageSet(
    shape: shape, pixels: (0..<40 * shape.count).map { UInt8($0 % 251 + 1) },
    labels: (0..<40).map { Int32($0 % 10) }, normalisation: .imageNet)
  private let augmentation = Augmentation(RandomKey(seed: 3, iteration: 1, epoch: 2))

  /// The image `sample` seen through `window`.
  private func view(_ sample: Int, _ window: Window) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: Self.shape.count)
    images.pixels.withSpan {
      window.copy($0, from: sample * Self.shape.count, to: &result, at: 0, shape: Self.shape)
    }
    return result
  }

  /// The same from the definition: pixel (row, column) of a padded image, mirrored after the cut.
  private func expected(
    _ sample: Int, _ window: Window, _ channel: Int, _ row: Int, _ column: Int
  ) -> UInt8 {
    let shape = Self.shape
    let cut = window.isMirrored ? shape.width - 1 - column : column
    let (y, x) = (row + window.row - 4, cut + window.column - 4)
    guard (0..<shape.height).contains(y), (0..<shape.width).contains(x) else { return 0 }
    return images.pixels.copy[
      ((sample * shape.channels + channel) * shape.height + y) * shape.width + x]
  }

  @Test("every window shows its part of the image and black around it")
  func windows() {
    let shape = Self.shape
    for (row, column, isMirrored) in (0...8).flatMap({ row in
      (0...8).flatMap { column in [(row, column, false), (row, column, true)] }
    }) {
      let window = Window(row: row, column: column, isMirrored: isMirrored)
      let definition = (0..<shape.count).map {
        expected(
          7, window, $0 / (shape.height * shape.width), $0 / shape.width % shape.height,
          $0 % shape.width)
      }
      let seen = view(7, window)
      #expect(seen == definition, "\(window)")
      let black = shape.count - 3 * (shape.height - abs(row - 4)) * (shape.width - abs(column - 4))
      #expect(seen.count { $0 == 0 } == black, "\(window)")
    }
  }

  @Test("the middle window is the image; mirrored twice it is the image again")
  func identity() {
    let image = Array(images.pixels.copy.dropFirst(5 * Self.shape.count).prefix(Self.shape.count))
    #expect(view(5, Window(row: 4, column: 4, isMirrored: false)) == image)
    let mirrored = view(5, Window(row: 4, column: 4, isMirrored: true))
    let rows = stride(from: 0, to: mirrored.count, by: Self.shape.width).flatMap {
      mirrored[$0..<$0 + Self.shape.width].reversed()
    }
    #expect(mirrored != image && rows == image)
  }

  @Test("an image smaller than the padding may go black", arguments: [(1, 1), (2, 8), (3, 4)])
  func small(_ height: Int, _ width: Int) {
    let shape = FeatureShape(channels: 1, height: height, width: width)
    let pixels = [UInt8](repeating: 9, count: shape.count)
    for (row, column) in [(0, 0), (8, 8), (0, 8), (4, 4)] {
      var result = [UInt8](repeating: 0, count: shape.count)
      Window(row: row, column: column, isMirrored: true).copy(
        pixels.span, from: 0, to: &result, at: 0, shape: shape)
      let seen = max(0, height - abs(row - 4)) * max(0, width - abs(column - 4))
      #expect(result.count { $0 == 9 } == seen, "(\(row), \(column))")
    }
  }

  @Test("offsets and mirrors cover their ranges evenly")
  func ranges() {
    let windows = (0..<9000).map { augmentation.window(sample: $0) }
    // 1000 expected with a deviation of 30, 4500 with one of 47.
    for offset in 0...8 {
      #expect(abs(windows.count { $0.row == offset } - 1000) < 180, "row \(offset)")
      #expect(abs(windows.count { $0.column == offset } - 1000) < 180, "column \(offset)")
    }
    #expect(windows.allSatisfy { (0...8).contains($0.row) && (0...8).contains($0.column) })
    #expect(abs(windows.count(where: \.isMirrored) - 4500) < 290)
    let alike = windows.count { $0.row == $0.column }
    #expect(abs(alike - 1000) < 180, "rows and columns are independent")
  }

  @Test("the key decides: seed, iteration, epoch and image, and nothing else")
  func key() {
    let windows = { (augmentation: Augmentation) in
      (0..<100).map { augmentation.window(sample: $0) }
    }
    let first = windows(augmentation)
    #expect(windows(Augmentation(RandomKey(seed: 3, iteration: 1, epoch: 2))) == first)
    for (seed, iteration, epoch) in [(4, 1, 2), (3, 2, 2), (3, 1, 3), (3, 2, 1)] {
      let other = windows(Augmentation(RandomKey(seed: seed, iteration: iteration, epoch: epoch)))
      let same = zip(first, other).count { $0 == $1 }
      #expect(same < 10, "seed \(seed), iteration \(iteration), epoch \(epoch)")
    }
  }

  @Test(
    "lanes hold the augmented images, whatever rank loads them; then they are normalised",
    arguments: [1, 2, 3], [0, 1])
  func lanes(_ ranks: Int, _ halo: Int) {
    let order = (0..<40).reversed()[...]
    var labels: [Int32] = []
    for rank in 0..<ranks {
      let share = BlockShare(images: order.count, rank: rank, worldSize: ranks)
      let input = LaneBlocks(shape: Self.shape, halo: halo, capacity: max(share.count, 1))
      let loader = ImageLoader(kernels: KernelSet.available[0])
      loader.load(
        images, Array(order)[...], share: share, into: input, augmentation: augmentation)
      labels += loader.labels
      let mine = order.dropFirst(share.imageRange.lowerBound).prefix(share.imageRange.count)
      for (place, sample) in mine.enumerated() {
        let pixels = view(sample, augmentation.window(sample: sample))
        #expect(
          (0..<3).allSatisfy { channel in
            holds(input, place, channel, pixels[channel * 130..<(channel + 1) * 130])
          }, "image \(sample)")
      }
    }
    #expect(labels == order.map { Int32($0 % 10) })
  }

  /// Whether lane `place` of `input` has these pixels of `channel`, normalised.
  private func holds(
    _ input: LaneBlocks, _ place: Int, _ channel: Int, _ pixels: ArraySlice<UInt8>
  ) -> Bool {
    let normalisation = Normalisation.imageNet
    return pixels.enumerated().allSatisfy { position, pixel in
      let value = input[
        place / LaneBlocks.lanes, channel, position / Self.shape.width,
        position % Self.shape.width, place % LaneBlocks.lanes]
      let normal =
        (Float(pixel) / 255 - normalisation.means[channel]) / normalisation.deviations[channel]
      return abs(value - normal) < 1e-5
    }
  }
}
