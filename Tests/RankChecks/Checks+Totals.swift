import Communication
import Tensors

extension Checks {
  /// Sums over all blocks of a batch, the same bits whoever holds the blocks.
  func totals() {
    check("totals of block indices") {
      for blocks in [0, 1, 2, 3, 5, 8, 13, 64] {
        // Block b brings b and 1: Σb = n(n−1)/2, Σ1 = n.
        let total = try communicator.totals(of: [
          partials(images: 16 * blocks, width: 2) { [Double($0), 1] }
        ])
        let expected = [Double(blocks * (blocks - 1) / 2), Double(blocks)]
        try expect(total, [expected], "\(blocks) blocks, batch")
      }
    }
    check("totals of several batches at once") {
      let images = [120, 40, 5, 250, 120]
      let totals = try communicator.totals(
        of: images.enumerated().map { batch, images in
          partials(images: images, width: batch + 1) { block in
            [Double](repeating: Double(block * (batch + 1)), count: batch + 1)
          }
        })
      let expected = images.enumerated().map { batch, images in
        let blocks = (images + 15) / 16
        return [Double](
          repeating: Double(blocks * (blocks - 1) / 2 * (batch + 1)), count: batch + 1)
      }
      try expect(totals, expected, "batch")
    }
    check("totals of random numbers have one process's bits") {
      for images in [1, 32, 40, 70, 120, 130, 999] {
        func row(_ block: Int) -> [Double] { (0..<50).map { random($0, block: block) } }
        let total = try communicator.totals(of: [partials(images: images, width: 50, row)])
        let all = BlockRun(images: images, rank: 0, worldSize: 1)
        let serial = SingleProcess().totals(of: [
          BlockPartials(run: all, width: 50, rows: all.range.map(row))
        ])
        let tree = (0..<50).map { column in
          treeSum(all.range) { random(column, block: $0) }
        }
        try expect(total[0].map(\.bitPattern), serial[0].map(\.bitPattern), "\(images) images")
        try expect(total[0].map(\.bitPattern), tree.map(\.bitPattern), "\(images) images, tree")
      }
    }
  }

  /// This rank's part of a batch in which block b brings the numbers `row(b)`.
  private func partials(
    images: Int, width: Int, _ row: (_ block: Int) -> [Double]
  ) -> BlockPartials {
    let run = BlockRun(images: images, rank: rank, worldSize: worldSize)
    return BlockPartials(run: run, width: width, rows: run.range.map(row))
  }

  /// Numbers of very different sizes, so that another order of adding gives other bits.
  private func random(_ element: Int, block: Int) -> Double {
    let random = CounterRandom(seed: 5, purpose: .synthetic)
    let sign = element.isMultiple(of: 2) ? 1.0 : -1.0
    return sign * random.uniform(element, sample: block) * Double(1 << (7 * block % 40))
  }
}

/// The sum of `value` over blocks that begin at an aligned place, by the definition of the tree: the
/// left child is the largest power of two of blocks that leaves some for the right one.
func treeSum<Value: AdditiveArithmetic>(_ blocks: Range<Int>, _ value: (Int) -> Value) -> Value {
  guard blocks.count > 1 else { return blocks.isEmpty ? .zero : value(blocks.lowerBound) }
  var half = 1
  while 2 * half < blocks.count { half *= 2 }
  let middle = blocks.lowerBound + half
  return treeSum(blocks.lowerBound..<middle, value) + treeSum(middle..<blocks.upperBound, value)
}
