/// How the blocks of a batch are distributed to all ranks, as every rank knows it.
package struct BlockDistribution {
  /// The subtrees whose sums each rank forms.
  package let subtrees: [[BlockTree.Node]]
  /// How many additions follow each of them, in the order of ranks, when their sums are pushed on a
  /// stack.
  package let merges: [UInt8]

  init(images: Int, worldSize: Int) {
    subtrees = (0..<worldSize).map {
      BlockShare(images: images, rank: $0, worldSize: worldSize).subtrees
    }
    let tree = BlockTree(blocks: LaneBlocks.count(forImages: images))
    merges = tree.merges(of: subtrees.flatMap { $0 })
  }

  /// The most subtrees of any rank.
  package var mostSubtrees: Int { subtrees.lazy.map(\.count).max() ?? 0 }
}
