import CKernels

/// The binary tree over the lane blocks of a batch that fixes the order of every sum over blocks.
///
/// Node (level l, index k) covers blocks `k·2^l ..< (k+1)·2^l`, cut off at `blocks`, and is the sum
/// of nodes (l−1, 2k) and (l−1, 2k+1); where the right one would be empty it is the left one. What
/// a node is worth depends on its blocks alone, so the total has the same bits however the blocks
/// are distributed to ranks.
package struct BlockTree: Hashable, Sendable {
  /// One node of the tree: an aligned subtree.
  package struct Node: Hashable, Sendable {
    /// Height above the blocks.
    package let level: Int
    /// Position among the nodes of its level.
    package let index: Int
  }

  /// Lane blocks of the batch.
  package let blocks: Int

  /// The tree over `blocks` lane blocks.
  package init(blocks: Int) {
    precondition(blocks >= 0, "a tree over \(blocks) blocks")
    self.blocks = blocks
  }

  /// The fewest nodes that together cover the blocks of `share`, in order.
  package func subtrees(of share: Range<Int>) -> [Node] {
    var nodes: [Node] = []
    var start = share.lowerBound
    while start < share.upperBound {
      var level = 0
      while aligned(start, level + 1), end(start, level + 1) <= share.upperBound,
        end(start, level) < blocks
      { level += 1 }
      nodes.append(Node(level: level, index: start >> level))
      start = end(start, level)
    }
    return nodes
  }

  /// How many additions follow each of `nodes` (consecutive, in order) when they are pushed on a
  /// stack whose two topmost sums are added each time. Nodes that make up the whole tree leave one
  /// sum; the nodes of a share leave one for each of its `subtrees`.
  package func merges(of nodes: [Node]) -> [UInt8] {
    var stack: [Range<Int>] = []
    guard let first = nodes.first, let last = nodes.last else { return [] }
    let targets = Set(subtrees(of: blocks(of: first).lowerBound..<blocks(of: last).upperBound))
    return nodes.map { node in
      stack.append(blocks(of: node))
      var additions: UInt8 = 0
      while stack.count >= 2, let parent = parent(stack[stack.count - 2], stack[stack.count - 1]),
        targets.contains(where: { blocks(of: $0).contains(parent) })
      {
        stack.removeLast(2)
        stack.append(parent)
        additions += 1
      }
      return additions
    }
  }

  /// The leaves of `share`.
  package func leaves(of share: Range<Int>) -> [Node] { share.map { Node(level: 0, index: $0) } }

  /// The blocks under `node`.
  package func blocks(of node: Node) -> Range<Int> {
    let start = node.index << node.level
    return start..<end(start, node.level)
  }

  private func aligned(_ start: Int, _ level: Int) -> Bool { start & ((1 << level) - 1) == 0 }
  private func end(_ start: Int, _ level: Int) -> Int { min(start + (1 << level), blocks) }

  /// The blocks of the node whose children are `left` and `right`, if there is one.
  private func parent(_ left: Range<Int>, _ right: Range<Int>) -> Range<Int>? {
    var level = 0
    while left.lowerBound + (1 << level) < right.upperBound { level += 1 }
    guard aligned(left.lowerBound, level), end(left.lowerBound, level) == right.upperBound,
      left.lowerBound + (1 << (level - 1)) == right.lowerBound
    else { return nil }
    return left.lowerBound..<right.upperBound
  }
}

extension Range where Bound == Int {
  fileprivate func contains(_ other: Range<Int>) -> Bool {
    lowerBound <= other.lowerBound && other.upperBound <= upperBound
  }
}
