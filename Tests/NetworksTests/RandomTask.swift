import Networks
import Tensors
import TestSupport

/// A small random network under a random mask, with a batch to learn.
struct RandomTask {
  let architecture: Architecture
  let mask: Mask
  let parameters: FloatBuffer
  let images: [[Float]]
  let labels: [Int32]
  let randomKey: RandomKey
  let samples: [Int]
  /// A larger batch for the workspace to see first, which must not matter.
  let earlier: [[Float]]

  init(_ architecture: Architecture, using random: inout SeededRandom) {
    let layout = ConnectionLayout(architecture)
    self.architecture = architecture
    mask = Self.mask(layout, using: &random)
    parameters = Self.parameters(layout, mask, using: &random)
    // Not a multiple of 16 but for one, so that the last block has empty lanes.
    let count = [1, 2, 7, 16, 19, 37].randomElement(using: &random) ?? 2
    func batch(_ count: Int, using random: inout SeededRandom) -> [[Float]] {
      (0..<count).map { _ in
        (0..<architecture.input.count).map { _ in .random(in: -1...1, using: &random) }
      }
    }
    images = batch(count, using: &random)
    earlier = batch(count + 13, using: &random)
    labels = (0..<count).map { _ in .random(in: 0..<Int32(architecture.classes), using: &random) }
    randomKey = RandomKey(seed: .random(in: 0..<1000, using: &random), iteration: 3, epoch: 5)
    samples = (0..<count).map { _ in Int.random(in: 0..<50_000, using: &random) }
  }

  /// All connections, or some with a unit emptied in each group.
  private static func mask(_ layout: ConnectionLayout, using random: inout SeededRandom) -> Mask {
    var mask = Mask(count: layout.count)
    if Int.random(in: 0...2, using: &random) == 0 { return mask }
    let density = Double.random(in: 0.5...0.95, using: &random)
    for group in layout.groups {
      let emptied =
        Bool.random(using: &random) ? Int.random(in: 0..<group.units, using: &random) : -1
      for unit in 0..<group.units {
        for input in 0..<group.connectionsPerUnit {
          mask[group.index(unit: unit, input: input)] =
            unit != emptied && .random(in: 0..<1, using: &random) < density
        }
      }
    }
    return mask
  }

  /// Weights that keep activations near 1, scales of either sign away from 0.
  private static func parameters(
    _ layout: ConnectionLayout, _ mask: Mask, using random: inout SeededRandom
  ) -> FloatBuffer {
    var full: [Float] = []
    for group in layout.groups {
      let fanIn = group.inputs * group.parameters(input: 0)
      let bound = group.kind == .batchNorm ? 1.5 : (3 / Float(max(1, fanIn))).squareRoot()
      full += (0..<group.units * group.parametersPerUnit).map { _ in
        .random(in: 0.3 * bound...bound, using: &random)
          * (Bool.random(using: &random) ? 1 : -1)
      }
    }
    let compact = FloatBuffer(count: layout.parameterCount(mask))
    layout.forEachKept(mask) { from, to in
      for (source, target) in zip(from, to) { compact[target] = full[source] }
    }
    return compact
  }
}
