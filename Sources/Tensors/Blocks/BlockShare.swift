import CKernels

/// The lane blocks of one batch (or of a whole set of images) that one rank holds.
package final class BlockShare {
  /// The tree over all blocks of the batch.
  package let tree: BlockTree
  /// The blocks this rank holds, a contiguous run that may be empty.
  package let range: Range<Int>
  /// Images of the whole batch.
  package let images: Int
  /// Ranks that the batch is distributed to.
  package let worldSize: Int
  /// The subtrees whose sums this rank forms.
  package let subtrees: [BlockTree.Node]
  /// What all ranks hold.
  package private(set) lazy var distribution = BlockDistribution(
    images: images, worldSize: worldSize)
  private let merges: AlignedBuffer<UInt8>

  /// The share of `rank` out of `worldSize` in a batch of `images`.
  ///
  /// Runs are as equal as can be, the longer ones first.
  package init(images: Int, rank: Int, worldSize: Int) {
    let tree = BlockTree(blocks: LaneBlocks.count(forImages: images))
    let short = tree.blocks / worldSize
    let longer = tree.blocks % worldSize
    let start = rank * short + min(rank, longer)
    self.tree = tree
    self.images = images
    self.worldSize = worldSize
    self.range = start..<(start + short + (rank < longer ? 1 : 0))
    self.subtrees = tree.subtrees(of: range)
    self.merges = AlignedBuffer(tree.merges(of: tree.leaves(of: range)))
  }

  /// Blocks this rank holds.
  package var count: Int { range.count }
  /// The images this rank holds, as indices into the batch.
  package var imageRange: Range<Int> {
    min(
      range.lowerBound * LaneBlocks.lanes, images)..<min(
        range.upperBound * LaneBlocks.lanes, images)
  }
  /// Images in the `block`-th block of this share: 16, fewer in the last block of the batch.
  package func images(in block: Int) -> Int {
    min(LaneBlocks.lanes, images - (range.lowerBound + block) * LaneBlocks.lanes)
  }

  /// How many additions follow the `block`-th block of this share when its sum is pushed on a
  /// stack.
  package func merges(after block: Int) -> Int { Int(merges[block]) }

  /// The most sums that are on that stack at a time.
  package var mostSums: Int {
    var (depth, most) = (0, 0)
    for block in 0..<count {
      depth += 1
      most = max(most, depth)
      depth -= merges(after: block)
    }
    return most
  }

  /// The most subtrees any rank has in a batch of up to `images` images: a short batch may be cut
  /// into more pieces than a full one.
  package static func mostSubtrees(images: Int, worldSize: Int) -> Int {
    let blocks = LaneBlocks.count(forImages: images)
    return (0...blocks).flatMap { count in
      (0..<worldSize).map {
        BlockShare(images: count * LaneBlocks.lanes, rank: $0, worldSize: worldSize).subtrees.count
      }
    }.max() ?? 0
  }

  var kernelTree: relief_tree {
    relief_tree(merges: merges.base, blocks: range.count, partials: subtrees.count)
  }
}
