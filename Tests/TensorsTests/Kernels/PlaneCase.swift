import Tensors
import TestSupport
import Testing

/// Random sizes of maps for kernels that work map by map.
struct PlaneCase: CustomStringConvertible {
  /// One image's pixel.
  struct Place: Equatable {
    var block, channel, row, column, lane: Int

    init(_ block: Int, _ channel: Int, _ row: Int, _ column: Int, _ lane: Int) {
      (self.block, self.channel, self.row, self.column) = (block, channel, row, column)
      self.lane = lane
    }

    func divided(by size: Int) -> Place { Place(block, channel, row / size, column / size, lane) }

    func strided(by step: Int, channel: Int) -> Place {
      Place(block, channel, row * step, column * step, lane)
    }
  }

  let shape: FeatureShape
  /// Blocks to compute; there is room for one more, which must stay as it is.
  let count: Int
  /// Lanes in use.
  let images: Int

  init(using random: inout SeededRandom) {
    shape = FeatureShape(
      channels: .random(in: 1...4, using: &random), height: .random(in: 1...9, using: &random),
      width: .random(in: 1...9, using: &random))
    count = .random(in: 1...3, using: &random)
    images = [1, 16, .random(in: 1...16, using: &random)].randomElement(using: &random) ?? 1
  }

  var description: String { "\(count) blocks of \(shape), \(images) images" }

  /// Random numbers everywhere, in the halo too, which no kernel may read; sometimes a channel is
  /// zero.
  ///
  /// - Parameter special: whether they are few, so that many are equal, and some NaN, infinite or
  ///   −0.
  func blocks(
    _ shape: FeatureShape? = nil, halo: Int? = nil, special: Bool = false,
    using random: inout SeededRandom
  ) -> LaneBlocks {
    let values: [Float] = [-2, -1, -0.0, 0, 1, 1, 2, 3, .nan, .infinity, -.infinity]
    let result = LaneBlocks(
      shape: shape ?? self.shape, halo: halo ?? .random(in: 0...2, using: &random),
      capacity: count + 1)
    let usual = special ? values.prefix(.random(in: 1...values.count, using: &random)) : []
    for index in 0..<result.buffer.count {
      result.buffer[index] =
        usual.randomElement(using: &random) ?? .random(in: -1...1, using: &random)
    }
    let empty = Int.random(in: 0..<2 * result.shape.channels, using: &random)
    for place in result.places(count) where place.channel == empty { result[place] = 0 }
    return result
  }
}

extension LaneBlocks {
  subscript(place: PlaneCase.Place) -> Float {
    get { self[place.block, place.channel, place.row, place.column, place.lane] }
    set { self[place.block, place.channel, place.row, place.column, place.lane] = newValue }
  }

  /// Every pixel of the first `blocks` blocks in order.
  func places(_ blocks: Int) -> [PlaneCase.Place] {
    (0..<blocks).flatMap { block in
      (0..<shape.channels).flatMap { channel in
        (0..<shape.height).flatMap { row in
          (0..<shape.width).flatMap { column in
            (0..<Self.lanes).map { PlaneCase.Place(block, channel, row, column, $0) }
          }
        }
      }
    }
  }

  /// Makes the lanes without an image NaN: they must not count.
  func spoilEmptyLanes(images: Int) {
    for place in places(capacity) where place.lane >= images { self[place] = .nan }
  }

  /// Requires of every kernel set that `compute` turns a copy of this into a buffer with the bits
  /// of `number` at every pixel of the first `blocks` blocks, and its own everywhere else.
  func expect(
    _ what: String, _ blocks: Int, number: (PlaneCase.Place) -> Float,
    of compute: (KernelSet, LaneBlocks) -> Void
  ) {
    let expected = copy()
    for place in places(blocks) { expected[place] = number(place) }
    for kernels in KernelSet.available {
      let result = copy()
      compute(kernels, result)
      #expect(
        result.buffer.firstDifference(from: expected.buffer) == nil, "\(kernels.name), \(what)")
    }
  }

  private func copy() -> LaneBlocks {
    let copy = LaneBlocks(shape: shape, halo: halo, capacity: capacity)
    copy.buffer.copy(from: buffer)
    return copy
  }
}
