import Tensors

/// Dense products as plain loops over the mask, in the order that all kernels promise.
final class PlainDenseProducts: DenseProducts {
  let indices: [IndexBuffer] = []
  private let units: Int
  private let inputs: Int
  /// Where the weight of `[unit][input]` lies among the surviving ones; the bias is the last input.
  private let places: [[Int?]]

  /// Full layers add the lanes of a weight gradient one after the other; listed ones fold them.
  private var isFull: Bool { places.allSatisfy { $0.allSatisfy { $0 != nil } } }

  init(units: Int, inputs: Int, mask: Mask) {
    self.units = units
    self.inputs = inputs
    var next = 0
    self.places = (0..<units).map { unit in
      (0...inputs).map { input in
        guard mask[unit * (inputs + 1) + input] else { return nil }
        next += 1
        return next - 1
      }
    }
  }

  func forward(_ x: LaneBlocks, into y: LaneBlocks, weights: FloatSlice, blocks: Int) {
    forEachLane(blocks) { block, lane in
      for unit in 0..<units {
        var sum: Float = 0
        for input in 0...inputs {
          guard let place = places[unit][input] else { continue }
          sum.addProduct(weights[place], x[block, input, lane])
        }
        y[block, unit, lane] = sum
      }
    }
  }

  func backward(
    _ dy: LaneBlocks, into dx: LaneBlocks, adds: Bool, weights: FloatSlice, blocks: Int
  ) {
    forEachLane(blocks) { block, lane in
      for input in 0..<inputs {
        var sum: Float = 0
        for unit in 0..<units {
          guard let place = places[unit][input] else { continue }
          sum.addProduct(weights[place], dy[block, unit, lane])
        }
        dx[block, input, lane] = sum
      }
    }
  }

  func weightGradient(
    _ dy: LaneBlocks, _ x: LaneBlocks, into gradients: GradientPartials, offset: Int,
    share: BlockShare
  ) {
    let tree = ReferenceTree(blocks: share.tree.blocks)
    for unit in 0..<units {
      for input in 0...inputs {
        guard let place = places[unit][input] else { continue }
        for (partial, node) in share.subtrees.enumerated() {
          let sum = tree.sum(level: node.level, index: node.index) { block -> Float in
            let held = block - share.range.lowerBound
            let pairs = (0..<LaneBlocks.lanes).map { (dy[held, unit, $0], x[held, input, $0]) }
            return isFull
              ? pairs.reduce(0) { $0.addingProduct($1.0, $1.1) } : folded(pairs.map { $0.0 * $0.1 })
          }
          gradients.buffer[partial * gradients.stride + offset + place] = sum ?? .nan
        }
      }
    }
  }

  private func forEachLane(_ blocks: Int, _ body: (_ block: Int, _ lane: Int) -> Void) {
    for block in 0..<blocks { for lane in 0..<LaneBlocks.lanes { body(block, lane) } }
  }
}

/// The sum of 16 lanes, folded +8, +4, +2, +1.
func folded<Number: AdditiveArithmetic>(_ lanes: [Number]) -> Number {
  var sums = lanes
  for step in [8, 4, 2, 1] {
    for lane in 0..<step { sums[lane] += sums[lane + step] }
  }
  return sums[0]
}

extension FloatSlice {
  fileprivate subscript(place: Int) -> Float { buffer[range.lowerBound + place] }
}
