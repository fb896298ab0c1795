/// How the parameters of a network are split: into buckets, whose gradients travel together, and
/// each of them into one segment a rank, which that rank owns and steps.
package struct ParameterSegments {
  /// Parameters whose gradients travel together.
  struct Bucket {
    let range: Range<Int>
    /// What each rank owns of them.
    let segments: [Range<Int>]
    let owned: Range<Int>
    /// Where the owned segment's optimizer state lies.
    let state: Range<Int>
  }

  /// From the last layer's on.
  let buckets: [Bucket]

  /// Parameters in each of them.
  package var bucketSizes: [Int] { buckets.map(\.range.count) }

  /// The parameters this rank owns, each range with where its optimizer state lies.
  package var owned: [(parameters: Range<Int>, state: Range<Int>)] {
    buckets.map { ($0.owned, $0.state) }
  }

  /// Parameters this rank owns: the size of each of its optimizer's state buffers.
  package var ownedCount: Int { buckets.last?.state.upperBound ?? 0 }

  /// Buckets hold at least this many parameters, so that small layers travel together.
  private static let smallestBucket = 16_384

  /// What `rank` owns of a network whose layers have parameters `ranges`, from input to output, as
  /// many whole `grains` of each bucket as any other, up to one.
  package init(layers ranges: [Range<Int>], rank: Int, worldSize: Int, grain: Int = 1) {
    var buckets: [Bucket] = []
    for range in Self.bucketRanges(ranges) {
      let segments = (0..<worldSize).map {
        let segment = Self.segment(of: range.count, rank: $0, worldSize: worldSize, grain: grain)
        return range.lowerBound + segment.lowerBound..<range.lowerBound + segment.upperBound
      }
      let start = buckets.last?.state.upperBound ?? 0
      buckets.append(
        Bucket(
          range: range, segments: segments, owned: segments[rank],
          state: start..<start + segments[rank].count))
    }
    self.buckets = buckets
  }

  /// What `rank` owns of a bucket of `count` parameters.
  package static func segment(of count: Int, rank: Int, worldSize: Int, grain: Int) -> Range<Int> {
    let grains = (count + grain - 1) / grain
    func start(_ rank: Int) -> Int { min(count, grains * rank / worldSize * grain) }
    return start(rank)..<start(rank + 1)
  }

  /// Layer ranges joined from the last layer on until each bucket is large enough.
  private static func bucketRanges(_ layers: [Range<Int>]) -> [Range<Int>] {
    var buckets: [Range<Int>] = []
    for range in layers.reversed() where !range.isEmpty {
      if let last = buckets.last, last.count < smallestBucket || range.count < smallestBucket {
        buckets[buckets.count - 1] = range.lowerBound..<last.upperBound
      } else {
        buckets.append(range)
      }
    }
    return buckets
  }
}
