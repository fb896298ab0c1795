import CKernels

/// The shape of one image's activation: `[channel][row][column]`; a dense layer's is
/// `[feature][1][1]`.
package struct FeatureShape: Equatable, Sendable {
  /// Channels of a map, or neurons of a dense layer.
  package let channels: Int
  /// Rows of a map.
  package let height: Int
  /// Columns of a map.
  package let width: Int

  /// For users.
  package var text: String { "\(channels)×\(height)×\(width)" }

  /// A map of `channels` × `height` × `width`.
  package init(channels: Int, height: Int = 1, width: Int = 1) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Channels × rows × columns.
  package var count: Int { channels * height * width }
}

/// Activations (or their gradients) of a run of lane blocks:
/// `[block][channel][row + 2 · halo][column + 2 · halo][16 lanes]`.
///
/// A lane block is 16 images side by side. The halo around each map is zero and stays zero: nothing
/// writes it. Behind the channels of each block lies one more row that is the constant 1: the input
/// of every bias.
package final class LaneBlocks {
  /// Images in a lane block.
  package static let lanes = Int(relief_lanes)

  /// What one image has.
  package let shape: FeatureShape
  /// Zero rows and columns on each side of a map.
  package let halo: Int
  /// How many lane blocks there is room for.
  package let capacity: Int
  /// Floats from one row of a map to the next.
  package var rowStride: Int { (shape.width + 2 * halo) * Self.lanes }
  /// Floats from one channel to the next.
  package var planeStride: Int { (shape.height + 2 * halo) * rowStride }
  /// Floats from one block to the next.
  package var stride: Int { shape.channels * planeStride + Self.lanes }
  /// The numbers, block by block.
  package let buffer: FloatBuffer
  private let first: Int

  /// Zeroed activations (constants apart) for up to `capacity` lane blocks.
  package init(shape: FeatureShape, halo: Int = 0, capacity: Int) {
    precondition(halo >= 0, "a halo of \(halo)")
    self.shape = shape
    self.halo = halo
    self.capacity = capacity
    self.first = 0
    self.buffer = FloatBuffer(
      count: Self.count(shape: shape, halo: halo, capacity: capacity), for: "activations")
    for block in 0..<capacity {
      for lane in 0..<Self.lanes { buffer[(block + 1) * stride - Self.lanes + lane] = 1 }
    }
  }

  /// Block `block` of `maps` alone, in the same memory.
  package init(_ maps: LaneBlocks, block: Int) {
    precondition((0..<maps.capacity).contains(block), "block \(block) of \(maps.capacity)")
    self.shape = maps.shape
    self.halo = maps.halo
    self.capacity = 1
    self.first = maps.first + block
    self.buffer = maps.buffer
  }

  /// The number of feature `feature` of the image in `lane` of `block`, where maps have no halo.
  package subscript(block: Int, feature: Int, lane: Int) -> Float {
    get { buffer[index(block, feature, lane)] }
    set { buffer[index(block, feature, lane)] = newValue }
  }

  /// The pixel at `row`, `column` of `channel` of the image in `lane` of `block`; rows and columns
  /// of the halo are negative or beyond the map.
  package subscript(block: Int, channel: Int, row: Int, column: Int, lane: Int) -> Float {
    get { buffer[index(block, channel, row, column, lane)] }
    set { buffer[index(block, channel, row, column, lane)] = newValue }
  }

  private func index(_ block: Int, _ feature: Int, _ lane: Int) -> Int {
    precondition(halo == 0, "feature \(feature) of maps with a halo of \(halo)")
    return (first + block) * stride + feature * Self.lanes + lane
  }

  private func index(_ block: Int, _ channel: Int, _ row: Int, _ column: Int, _ lane: Int) -> Int {
    (first + block) * stride + channel * planeStride + (row + halo) * rowStride
      + (column + halo) * Self.lanes + lane
  }

  package func base(of block: Int) -> UnsafeMutablePointer<Float> {
    precondition(block >= 0 && block <= capacity, "block \(block) of \(capacity)")
    return buffer.base + (first + block) * stride
  }

  /// Row 0, column 0 of channel 0 of `block`, after the halo.
  package func pixels(of block: Int) -> UnsafeMutablePointer<Float> {
    base(of: block) + halo * (rowStride + Self.lanes)
  }

  /// Whether every number of the first `blocks` blocks is finite.
  package func isFinite(blocks: Int) -> Bool {
    (0..<blocks * stride).allSatisfy { base(of: 0)[$0].isFinite }
  }

  /// Lane blocks that `images` images fill, the last one perhaps in part.
  package static func count(forImages images: Int) -> Int { (images + lanes - 1) / lanes }

  /// Floats of activations of `shape` for up to `capacity` lane blocks, halos and constants
  /// included.
  package static func count(shape: FeatureShape, halo: Int, capacity: Int) -> Int {
    let plane = (shape.height + 2 * halo) * (shape.width + 2 * halo)
    return capacity * (shape.channels * plane + 1) * lanes
  }
}
