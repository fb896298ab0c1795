import Communication
import Tensors

extension Checks {
  /// Sums over all blocks of a batch, the same bits whoever holds the blocks.
  func totals() {
    check("totals of block indices") {
      for blocks in [0, 1, 2, 3, 5, 8, 13, 64] {
        // Block b brings b and 1: Σb = n(n−1)/2, Σ1 = n.
        let total = try total(images: 16 * blocks, width: 2) { [Double($0), 1] }
        let expected = [Double(blocks * (blocks - 1) / 2), Double(blocks)]
        try expect(total, expected, "\(blocks) blocks")
      }
    }
    check("totals of one batch after the other in the same memory") {
      var partials = BlockPartials(
        share: BlockShare(images: 0, rank: rank, worldSize: worldSize), width: 2)
      for images in [120, 40, 5, 250, 120] {
        let share = BlockShare(images: images, rank: rank, worldSize: worldSize)
        partials.restart(share)
        for block in share.range { partials.append([Double(block), 1]) }
        try communicator.addUp(&partials)
        let blocks = (images + 15) / 16
        try expect(
          partials.total, [Double(blocks * (blocks - 1) / 2), Double(blocks)], "\(images) images")
      }
    }
    check("totals of random numbers have one process's bits") {
      for images in [1, 32, 40, 70, 120, 130, 999] {
        func row(_ block: Int) -> [Double] { (0..<50).map { random($0, block: block) } }
        let total = try total(images: images, width: 50, row)
        var serial = BlockPartials(
          share: BlockShare(images: images, rank: 0, worldSize: 1), width: 50)
        for block in serial.share.range { serial.append(row(block)) }
        SingleProcess().addUp(&serial)
        let tree = (0..<50).map { column in
          treeSum(serial.share.range) { random(column, block: $0) }
        }
        try expect(total.map(\.bitPattern), serial.total.map(\.bitPattern), "\(images) images")
        try expect(total.map(\.bitPattern), tree.map(\.bitPattern), "\(images) images, tree")
      }
    }
  }

  /// Sums too long to be gathered whole, over a column more than travel at a time.
  func longTotals() {
    check("long totals go in segments, to one process's bits") {
      for (images, width) in [(16, 70_001), (16 * worldSize + 40, 131_073)] {
        func value(_ column: Int, _ block: Int) -> Double { random(column & 0xFF, block: block) }
        let share = BlockShare(images: images, rank: rank, worldSize: worldSize)
        let (before, route) = (
          communicator.bytesSent, BlockSumRoute(share.distribution, width: width)
        )
        let total = try total(images: images, width: width) { block in
          (0..<width).map { value($0, block) }
        }
        try expect(communicator.bytesSent - before, route.bytes(from: rank), "bytes")
        let tree = (0..<width).map { column in
          treeSum(0..<share.tree.blocks) { value(column, $0) }.bitPattern
        }
        try expect(total.map(\.bitPattern), tree, "\(images) images")
      }
    }
  }

  /// The total over a batch in which block b brings the numbers `row(b)`.
  private func total(
    images: Int, width: Int, _ row: (_ block: Int) -> [Double]
  ) throws -> [Double] {
    var partials = BlockPartials(
      share: BlockShare(images: images, rank: rank, worldSize: worldSize), width: width)
    for block in partials.share.range { partials.append(row(block)) }
    try communicator.addUp(&partials)
    return partials.total
  }

  /// Numbers of very different sizes, so that another order of adding gives other bits.
  private func random(_ element: Int, block: Int) -> Double {
    let random = CounterRandom(seed: 5, purpose: .synthetic)
    let sign = element.isMultiple(of: 2) ? 1.0 : -1.0
    return sign * random.uniform(element, sample: block) * Double(1 << (7 * block % 40))
  }
}

/// The sum of `value` over blocks that begin at an aligned place, by the definition of the tree:
/// the left child is the largest power of two of blocks that leaves some for the right one.
func treeSum<Value: AdditiveArithmetic>(_ blocks: Range<Int>, _ value: (Int) -> Value) -> Value {
  guard blocks.count > 1 else { return blocks.isEmpty ? .zero : value(blocks.lowerBound) }
  var half = 1
  while 2 * half < blocks.count { half *= 2 }
  let middle = blocks.lowerBound + half
  return treeSum(blocks.lowerBound..<middle, value) + treeSum(middle..<blocks.upperBound, value)
}
