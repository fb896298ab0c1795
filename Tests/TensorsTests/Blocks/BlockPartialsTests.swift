import Tensors
import TestSupport
import Testing

@Suite struct BlockPartialsTests {
  @Test("the total over any number of ranks is the tree's, bit for bit")
  func doubles() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let width = 2
    for blocks in 1...40 {
      let rows = (0..<blocks).map { _ in (0..<width).map { _ in Self.number(using: &random) } }
      let reference = ReferenceTree(blocks: blocks)
      let expected = (0..<width).map { column in reference.total { rows[$0][column] } }
      for worldSize in 1...9 {
        let shares = Self.shares(blocks: blocks, worldSize: worldSize)
        let partials = shares.map { Self.partials($0, rows) }
        for (share, partial) in zip(shares, partials) {
          #expect(partial.sums.count == share.subtrees.count * width)
        }
        for partial in partials {
          #expect(
            Self.total(partial, gathered: partials.flatMap(\.sums)) == expected,
            "\(blocks) blocks over \(worldSize) ranks")
        }
      }
    }
  }

  @Test("single-precision sums by the same merges are the tree's, bit for bit")
  func floats() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for blocks in 1...40 {
      let numbers = (0..<blocks).map { _ in Float(Self.number(using: &random)) }
      let expected = ReferenceTree(blocks: blocks).total { numbers[$0] }
      let tree = BlockTree(blocks: blocks)
      for worldSize in 1...9 {
        let shares = Self.shares(blocks: blocks, worldSize: worldSize)
        let sums = shares.flatMap { share in
          Self.sums(numbers[share.range], merges: tree.merges(of: tree.leaves(of: share.range)))
        }
        let total = Self.sums(sums[...], merges: tree.merges(of: shares.flatMap(\.subtrees)))
        #expect(total == [expected], "\(blocks) blocks over \(worldSize) ranks")
      }
    }
  }

  @Test("no blocks sum to zeros")
  func empty() {
    let partials = BlockPartials(share: BlockShare(images: 0, rank: 0, worldSize: 1), width: 3)
    #expect(partials.sums.isEmpty)
    #expect(Self.total(partials, gathered: []) == [0, 0, 0])
  }

  private static func partials(_ share: BlockShare, _ rows: [[Double]]) -> BlockPartials {
    var partials = BlockPartials(share: share, width: 2)
    for block in share.range { partials.append(rows[block]) }
    return partials
  }

  private static func total(_ partials: BlockPartials, gathered: [Double]) -> [Double] {
    var partials = partials
    let buffer = AlignedBuffer(gathered)
    partials.complete(with: buffer.base)
    return withExtendedLifetime(buffer) { partials.total }
  }

  /// Of a magnitude of its own, so that every other order of addition rounds otherwise.
  private static func number(using random: inout SeededRandom) -> Double {
    let power = Int.random(in: -12...12, using: &random)
    return Double(sign: .plus, exponent: power, significand: .random(in: -2...2, using: &random))
  }

  private static func shares(blocks: Int, worldSize: Int) -> [BlockShare] {
    (0..<worldSize).map {
      BlockShare(images: blocks * LaneBlocks.lanes - 5, rank: $0, worldSize: worldSize)
    }
  }

  private static func sums(_ numbers: ArraySlice<Float>, merges: [UInt8]) -> [Float] {
    var stack: [Float] = []
    for (number, additions) in zip(numbers, merges) {
      stack.append(number)
      for _ in 0..<additions {
        let right = stack.removeLast()
        stack[stack.count - 1] += right
      }
    }
    return stack
  }
}
