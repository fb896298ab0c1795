import Tensors

/// Keeps the Euclidean norm of a step's whole gradient within a limit. (Pascanu, Mikolov, Bengio:
/// "On the difficulty of training recurrent neural networks", ICML 2013; the factor is that of
/// PyTorch's `clip_grad_norm_`.)
///
/// Squares are added in double precision over chunks of a bucket's parameters that no segment
/// splits, and the chunks' sums in the order of buckets and chunks, on every rank: the norm's bits
/// depend on no number of ranks. It costs a pass over the gradient, an exchange of one number a
/// chunk, and that no parameter moves before the last layer's gradient is known.
package final class GradientClipping {
  /// Parameters of a chunk.
  package static let chunk = 1024
  /// What keeps the factor of a norm of 0 finite.
  private static let smallest = 1e-6

  private let limit: Double
  private let kernels: KernelSet
  /// The chunks' sums, rank by rank and in each bucket by bucket. A double is the bits of two
  /// floats here, which is what travels.
  private let sums: FloatBuffer
  /// Where the sums of this rank's segment of each bucket begin.
  private let places: [Int]
  /// The sums' places in the order in which they are added.
  private let order: [Int]
  private let transfer: any Transfer

  /// Clips gradients whose norm is above `limit`.
  package init(
    limit: Double, _ communicator: any Communicator, _ segments: ParameterSegments,
    kernels: KernelSet
  ) {
    (self.limit, self.kernels) = (limit, kernels)
    var (places, ranges): ([[Int]], [Range<Int>]) = ([], [])
    var next = 0
    for rank in 0..<communicator.worldSize {
      let start = next
      places.append(
        segments.buckets.map { bucket in
          defer { next += 2 * Self.chunks(bucket.segments[rank].count) }
          return next
        })
      ranges.append(start..<next)
    }
    sums = FloatBuffer(count: next, for: "the gradient's norm")
    self.places = places[communicator.rank]
    order = segments.buckets.indices.flatMap { bucket in
      places.indices.flatMap { rank in
        let count = Self.chunks(segments.buckets[bucket].segments[rank].count)
        return (0..<count).map { places[rank][bucket] + 2 * $0 }
      }
    }
    transfer = communicator.allGather(sums, ranges)
  }

  /// Chunks of so many parameters.
  package static func chunks(_ parameters: Int) -> Int { (parameters + chunk - 1) / chunk }

  /// Notes the gradient of this rank's segment of a bucket.
  func note(_ gradient: FloatSlice, bucket: Int) {
    for index in 0..<Self.chunks(gradient.count) {
      let start = gradient.range.lowerBound + index * Self.chunk
      let end = min(start + Self.chunk, gradient.range.upperBound)
      let bits = kernels.squareSum(FloatSlice(gradient.buffer, start..<end)).bitPattern
      let place = places[bucket] + 2 * index
      sums[place] = Float(bitPattern: UInt32(truncatingIfNeeded: bits))
      sums[place + 1] = Float(bitPattern: UInt32(truncatingIfNeeded: bits >> 32))
    }
  }

  /// What the gradient is to be multiplied by, once all of it is noted on every rank: limit / (norm
  /// + 10⁻⁶), at most 1; 1 for a gradient that is not finite, so that its step tells where.
  /// - Throws: what the exchange throws.
  func factor() throws -> Float {
    try transfer.start()
    try transfer.wait()
    let factor = limit / (norm + Self.smallest)
    return factor < 1 ? Float(factor) : 1
  }

  private var norm: Double {
    var sum = 0.0
    for place in order {
      let (low, high) = (sums[place].bitPattern, sums[place + 1].bitPattern)
      sum += Double(bitPattern: UInt64(high) << 32 | UInt64(low))
    }
    return sum.isFinite ? sum.squareRoot() : 0
  }
}
