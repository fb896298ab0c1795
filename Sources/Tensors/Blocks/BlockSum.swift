/// Per-block sums in, totals over blocks out. Over the ranks of a `Communicator` they are totals
/// over all blocks of a batch: the same bits on every rank at any world size.
package protocol BlockSum: AnyObject {
  /// The blocks that totals are taken over, with `share` as this rank's part of them.
  func scope(of share: BlockShare) -> BlockShare
  /// Puts the total over all blocks of the batch in the place of the sums of this rank's; every
  /// rank must call it with partials of the same batch.
  func addUp(_ partials: inout BlockPartials) throws
}

extension BlockSum {
  /// The whole batch.
  package func scope(of share: BlockShare) -> BlockShare { share }
}

/// Totals over the blocks of this rank, as if they were the whole batch. Each rank has its own, so
/// bits depend on the number of ranks; at one rank they are those of any other sum.
package final class OwnBlockSum: BlockSum {
  /// Sums that stay on this rank.
  package init() {}

  /// The blocks of this rank.
  package func scope(of share: BlockShare) -> BlockShare {
    BlockShare(images: share.imageRange.count, rank: 0, worldSize: 1)
  }

  /// See `BlockSum`.
  package func addUp(_ partials: inout BlockPartials) { partials.completeAlone() }
}
