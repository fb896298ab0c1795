import Datasets
import Networks
import Tensors

/// Images of a set in an order, to be taken in this order.
public struct Selection: Sendable {
  /// Where the images are.
  public let images: ImageSet
  /// Which, by index.
  public let order: [Int]
  /// Whether training steps move and mirror them at random; evaluations never do.
  public let isAugmented: Bool

  /// The images `order` of `images`.
  public init(_ images: ImageSet, order: [Int], isAugmented: Bool = false) {
    self.images = images
    self.order = order
    self.isAugmented = isAugmented
  }

  /// How many images are selected.
  public var count: Int { order.count }

  /// The selection cut into batches of `size` images, the last one perhaps smaller.
  ///
  /// - Parameter moment: when they are trained on; random numbers depend on it.
  public func batches(of size: Int, at moment: Moment = Moment()) -> [Batch] {
    stride(from: 0, to: order.count, by: size).map {
      Batch(
        images: images, order: order[$0..<min($0 + size, order.count)], moment: moment,
        isAugmented: isAugmented)
    }
  }
}

/// The images of one step over all ranks.
public struct Batch: Sendable {
  /// Where the images are.
  public let images: ImageSet
  /// Which, by index.
  public let order: ArraySlice<Int>
  /// When they are trained on.
  public let moment: Moment
  /// Whether a training step moves and mirrors them at random.
  public let isAugmented: Bool

  /// How a training step changes its images, nil for not at all.
  var augmentation: Augmentation? {
    guard isAugmented else { return nil }
    return Augmentation(seed: moment.seed, iteration: moment.iteration, epoch: moment.epoch)
  }

  /// The random numbers of this rank's part of a step.
  func draw(_ run: BlockRun) -> Draw {
    Draw(
      seed: moment.seed, iteration: moment.iteration, epoch: moment.epoch,
      samples: order.dropFirst(run.imageRange.lowerBound).prefix(run.imageRange.count))
  }
}

/// A time in a run, as random numbers know it.
public struct Moment: Sendable {
  /// The run's seed.
  public let seed: Int
  /// Pruning iteration, 0 for the unpruned network.
  public let iteration: Int
  /// Epoch of the phase, counted from 0.
  public let epoch: Int

  /// An epoch of a run.
  public init(seed: Int = 0, iteration: Int = 0, epoch: Int = 0) {
    (self.seed, self.iteration, self.epoch) = (seed, iteration, epoch)
  }
}
