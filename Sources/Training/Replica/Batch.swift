import Datasets
import Networks
import Tensors

/// Images of a set in an order, to be taken in this order.
package struct Selection: Sendable {
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

  /// The selection cut into batches of `size` images, the last one perhaps smaller.
  ///
  /// - Parameter moment: when they are trained on; random numbers depend on it.
  package func batches(of size: Int, at moment: Moment = Moment()) -> [Batch] {
    stride(from: 0, to: order.count, by: size).map {
      Batch(
        images: images, order: order[$0..<min($0 + size, order.count)], moment: moment,
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
  package let moment: Moment
  /// Whether a training step moves and mirrors them at random.
  package let isAugmented: Bool

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
package struct Moment: Sendable {
  /// The run's seed.
  package let seed: Int
  /// Pruning iteration, 0 for the unpruned network.
  package let iteration: Int
  /// Epoch of the phase, counted from 0.
  package let epoch: Int

  /// An epoch of a run.
  package init(seed: Int = 0, iteration: Int = 0, epoch: Int = 0) {
    (self.seed, self.iteration, self.epoch) = (seed, iteration, epoch)
  }
}
