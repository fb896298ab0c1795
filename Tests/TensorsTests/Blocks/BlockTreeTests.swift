import Tensors
import Testing

@Suite struct BlockTreeTests {
  @Test("subtrees cover a share exactly, in order, each a node of the tree and as large as can be")
  func subtrees() {
    for blocks in 1...20 {
      let tree = BlockTree(blocks: blocks)
      let nodes = ReferenceTree(blocks: blocks).nodes
      for start in 0..<blocks {
        for end in start...blocks {
          let inside = nodes.filter { start <= $0.lowerBound && $0.upperBound <= end }
          let largest = inside.filter { node in
            !inside.contains { $0 != node && $0.clamped(to: node) == node }
          }
          let expected = largest.sorted { $0.lowerBound < $1.lowerBound }
          let subtrees = tree.subtrees(of: start..<end)
          #expect(subtrees.map(tree.blocks(of:)) == expected, "\(start)..<\(end) of \(blocks)")
          #expect(expected.flatMap { $0 } == Array(start..<end))
        }
      }
    }
  }

  @Test("a subtree starts at a multiple of its width")
  func alignment() {
    for blocks in 1...40 {
      let tree = BlockTree(blocks: blocks)
      for node in tree.subtrees(of: blocks / 3..<blocks) {
        #expect(tree.blocks(of: node).lowerBound == node.index << node.level)
        #expect(tree.blocks(of: node).count <= 1 << node.level)
      }
    }
  }

  @Test("powers of two ranks have one subtree of eight blocks each", arguments: [1, 2, 4, 8])
  func powersOfTwo(worldSize: Int) {
    let share = 8 / worldSize
    for rank in 0..<worldSize {
      let nodes = BlockTree(blocks: 8).subtrees(of: rank * share..<(rank + 1) * share)
      #expect(nodes.map(\.index) == [rank])
      #expect(nodes.map { 1 << $0.level } == [share])
    }
  }

  @Test("the merges of a share's blocks leave one sum a subtree; those of all subtrees leave one")
  func merges() {
    for blocks in 1...40 {
      let tree = BlockTree(blocks: blocks)
      for worldSize in 1...9 {
        let shares = (0..<worldSize).map { blocks * $0 / worldSize..<blocks * ($0 + 1) / worldSize }
        for share in shares {
          let additions = tree.merges(of: tree.leaves(of: share)).reduce(0) { $0 + Int($1) }
          #expect(share.count - additions == tree.subtrees(of: share).count)
        }
        let nodes = shares.flatMap(tree.subtrees(of:))
        #expect(nodes.count - tree.merges(of: nodes).reduce(0) { $0 + Int($1) } == 1)
      }
    }
  }

  @Test("no blocks have no nodes")
  func empty() {
    let tree = BlockTree(blocks: 0)
    #expect(tree.subtrees(of: 0..<0).isEmpty)
    #expect(tree.merges(of: []).isEmpty)
    #expect(BlockTree(blocks: 7).subtrees(of: 3..<3).isEmpty)
  }
}
