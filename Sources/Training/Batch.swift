import Datasets
import Tensors

/// Images of a set in an order, to be taken in this order.
public struct Selection: Sendable {
  /// Where the images are.
  public let images: ImageSet
  /// Which, by index.
  public let order: [Int]

  /// The images `order` of `images`.
  public init(_ images: ImageSet, order: [Int]) {
    self.images = images
    self.order = order
  }

  /// How many images are selected.
  public var count: Int { order.count }

  /// The selection cut into batches of `size` images, the last one perhaps smaller.
  public func batches(of size: Int) -> [Batch] {
    stride(from: 0, to: order.count, by: size).map {
      Batch(images: images, order: order[$0..<min($0 + size, order.count)])
    }
  }
}

/// The images of one step over all ranks.
public struct Batch: Sendable {
  /// Where the images are.
  public let images: ImageSet
  /// Which, by index.
  public let order: ArraySlice<Int>
}
