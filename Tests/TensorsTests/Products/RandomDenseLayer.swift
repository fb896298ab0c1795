import Tensors
import TestSupport

/// A dense layer with random connections, weights, inputs and output gradients.
struct RandomDenseLayer {
  /// What is drawn at random within.
  struct Shape: CustomStringConvertible, Sendable {
    var units: Int
    var inputs: Int
    var images: Int
    /// The share of connections that survive; 1 keeps all.
    var density: Double
    var rank = 0
    var worldSize = 1

    var description: String {
      "\(units) units, \(inputs) inputs, \(images) images, density \(density), "
        + "rank \(rank) of \(worldSize)"
    }
  }

  let shape: Shape
  let mask: Mask
  let connectivity: Connectivity
  let weights: FloatBuffer
  let x: LaneBlocks
  let dy: LaneBlocks
  let share: BlockShare

  init(_ shape: Shape, using random: inout SeededRandom) {
    var mask = Mask(count: shape.units * (shape.inputs + 1), kept: shape.density == 1)
    if shape.density < 1 {
      for index in 0..<mask.count {
        mask[index] = Double.random(in: 0..<1, using: &random) < shape.density
      }
    }
    self.init(shape, mask: mask, using: &random)
  }

  init(_ shape: Shape, mask: Mask, using random: inout SeededRandom) {
    self.shape = shape
    self.mask = mask
    connectivity = Connectivity(
      units: shape.units, connectionsPerUnit: shape.inputs + 1, mask: mask, offset: 0)
    share = BlockShare(images: shape.images, rank: shape.rank, worldSize: shape.worldSize)
    weights = FloatBuffer(
      (0..<mask.keptCount).map { _ in Float.random(in: -1...1, using: &random) })
    x = .random(features: shape.inputs, blocks: share.count, using: &random)
    dy = .random(features: shape.units, blocks: share.count, using: &random)
  }

  /// A layer of up to 40 neurons, 70 inputs and 9 lane blocks, a quarter of them unpruned.
  static func anyShape(using random: inout SeededRandom) -> Shape {
    let isFull = Int.random(in: 0..<4, using: &random) == 0
    let worldSize = Int.random(in: 1...4, using: &random)
    return Shape(
      units: Int.random(in: 1...40, using: &random), inputs: Int.random(in: 1...70, using: &random),
      images: Int.random(in: 1...9 * LaneBlocks.lanes, using: &random),
      density: isFull ? 1 : Double.random(in: 0.02...0.99, using: &random),
      rank: Int.random(in: 0..<worldSize, using: &random), worldSize: worldSize)
  }

  /// What `products` put out, each with room around it that they must leave alone.
  func results(of products: any DenseProducts) -> [(name: String, numbers: FloatBuffer)] {
    let slice = FloatSlice(weights, 0..<weights.count)
    let y = LaneBlocks(shape: FeatureShape(channels: shape.units), capacity: share.count + 1)
    products.forward(x, into: y, weights: slice, blocks: share.count)
    let dx = LaneBlocks(shape: FeatureShape(channels: shape.inputs), capacity: share.count + 1)
    products.backward(dy, into: dx, weights: slice, blocks: share.count)
    let offset = 3
    let gradients = GradientPartials(
      count: offset + connectivity.kept + 5, partials: share.subtrees.count + 1)
    for index in 0..<gradients.buffer.count { gradients.buffer[index] = -7 }
    products.weightGradient(dy, x, into: gradients, offset: offset, share: share)
    return [
      ("forward", y.buffer), ("backward", dx.buffer), ("weight gradient", gradients.buffer),
    ]
  }
}

extension LaneBlocks {
  /// Blocks of random features in −1 … 1, in all lanes.
  static func random(
    features: Int, blocks: Int, using random: inout SeededRandom
  ) -> LaneBlocks {
    let result = LaneBlocks(shape: FeatureShape(channels: features), capacity: blocks)
    for block in 0..<blocks {
      for feature in 0..<features {
        for lane in 0..<lanes {
          result[block, feature, lane] = .random(in: -1...1, using: &random)
        }
      }
    }
    return result
  }
}

extension FloatBuffer {
  /// The first place where the bits differ from those of `other`; nil where none do.
  func firstDifference(from other: FloatBuffer) -> Int? {
    guard count == other.count else { return Swift.min(count, other.count) }
    return (0..<count).first { self[$0].bitPattern != other[$0].bitPattern }
  }
}
