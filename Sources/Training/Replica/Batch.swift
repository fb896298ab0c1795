import Datasets
import Tensors

/// Images of a set in an order, to be taken in this order.
package struct Subset: Sendable {
  /// Where the images are.
  package let images: ImageSet
  /// Which, by index.
  package let order: [Int]
  /// Whether training steps move and mirror them at random; evaluations never do.
  package let isAugmented: Bool

  /// The images `order` of `images`.
  package init(_ images: ImageSet, order: [Int], isAugmented: Bool = false) {
    self.images = images
    self.order = order
    self.isAugmented = isAugmented
  }

  /// How many images are selected.
  package var count: Int { order.count }

  /// The subset cut into batches of `size` images, the last one perhaps smaller.
  ///
  /// - Parameter randomKey: when they are trained on; random numbers depend on it.
  package func batches(of size: Int, at randomKey: RandomKey = RandomKey()) -> [Batch] {
    stride(from: 0, to: order.count, by: size).map {
      Batch(
        images: images, order: order[$0..<min($0 + size, order.count)], randomKey: randomKey,
        isAugmented: isAugmented)
    }
  }
}

/// The images of one step over all ranks.
package struct Batch: Sendable {
  /// Where the images are.
  package let images: ImageSet
  /// Which, by index.
  package let order: ArraySlice<Int>
  /// When they are trained on.
  package let randomKey: RandomKey
  /// Whether a training step moves and mirrors them at random.
  package let isAugmented: Bool

  /// How a training step changes its images, nil for not at all.
  var augmentation: Augmentation? {
    guard isAugmented else { return nil }
    return Augmentation(randomKey)
  }

  /// This rank's part of them, by their index in the image set.
  func imageIndices(_ share: BlockShare) -> ArraySlice<Int> {
    order.dropFirst(share.imageRange.lowerBound).prefix(share.imageRange.count)
  }
}
