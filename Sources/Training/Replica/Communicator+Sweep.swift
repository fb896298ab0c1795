import Communication
import Datasets
import Tensors

extension Communicator {
  /// Takes this rank's part of `subset` through `body`, batch by batch, each with its own share.
  ///
  /// - Parameters:
  ///   - room: the lane blocks that each rank takes at a time.
  ///   - operations: floating-point operations of a batch, roughly; how often ranks ask each other
  ///     for signals depends on it.
  /// - Throws: `StopRequested`; what `body` throws.
  package func sweep(
    _ subset: Subset, room: (_ rank: Int) -> Int, operations: Int,
    _ body: (Batch, BlockShare) throws -> Void
  ) throws {
    func share(of rank: Int) -> BlockShare {
      BlockShare(images: subset.count, rank: rank, worldSize: worldSize)
    }
    let mine = Subset(subset.images, order: Array(subset.order[share(of: rank).imageRange]))
    var batches = mine.batches(of: max(room(rank), 1) * LaneBlocks.lanes)[...]
    let most =
      (0..<worldSize).map { rank in
        let room = max(room(rank), 1)
        return (share(of: rank).count + room - 1) / room
      }.max() ?? 0
    // Ranks may have different numbers of batches, but what is asked of one concerns all.
    for _ in 0..<most {
      try requests.poll(after: operations)
      guard let batch = batches.popFirst() else { continue }
      try body(batch, BlockShare(images: batch.order.count, rank: 0, worldSize: 1))
    }
  }
}
