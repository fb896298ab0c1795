import CKernels

/// The shape of one image's activation: `[channel][row][column]`; a dense layer's is `[feature][1][1]`.
public struct FeatureShape: Equatable, Sendable {
  /// Channels of a map, or neurons of a dense layer.
  public let channels: Int
  /// Rows of a map.
  public let height: Int
  /// Columns of a map.
  public let width: Int

  /// A map of `channels` × `height` × `width`.
  public init(channels: Int, height: Int = 1, width: Int = 1) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Channels × rows × columns.
  public var count: Int { channels * height * width }
}

/// Activations (or their gradients) of a run of lane blocks: `[block][feature][16 lanes]`.
///
/// A lane block is 16 images side by side. Behind the features of each block lies one more row that
/// is the constant 1: the input of every bias.
public final class LaneBlocks {
  /// Images in a lane block.
  public static let lanes = Int(relief_lanes)

  /// What one image has.
  public let shape: FeatureShape
  /// How many lane blocks there is room for.
  public let capacity: Int
  /// Floats from one block to the next.
  public var stride: Int { (shape.count + 1) * Self.lanes }
  /// The numbers, block by block.
  public let buffer: FloatBuffer

  /// Zeroed activations (constants apart) for up to `capacity` lane blocks.
  public init(shape: FeatureShape, capacity: Int) {
    self.shape = shape
    self.capacity = capacity
    self.buffer = FloatBuffer(count: capacity * (shape.count + 1) * Self.lanes)
    for block in 0..<capacity {
      for lane in 0..<Self.lanes {
        buffer[block * stride + shape.count * Self.lanes + lane] = 1
      }
    }
  }

  /// The number of feature `feature` of the image in `lane` of `block`.
  public subscript(block: Int, feature: Int, lane: Int) -> Float {
    get { buffer[block * stride + feature * Self.lanes + lane] }
    set { buffer[block * stride + feature * Self.lanes + lane] = newValue }
  }

  package func base(of block: Int) -> UnsafeMutablePointer<Float> {
    precondition(block >= 0 && block <= capacity, "block \(block) of \(capacity)")
    return buffer.base + block * stride
  }

  /// Lane blocks that `images` images fill, the last one perhaps in part.
  public static func count(forImages images: Int) -> Int { (images + lanes - 1) / lanes }
}
