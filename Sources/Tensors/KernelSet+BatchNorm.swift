import CKernels

/// What a batch norm does to one channel: y = factor · x + summand, from x̂ = (x − mean) ·
/// inverseDeviation.
public struct ChannelNorm: Sendable {
  /// μ.
  public let mean: Float
  /// 1 / √(σ² + ε).
  public let inverseDeviation: Float
  /// γ / √(σ² + ε).
  public let factor: Float
  /// β − μ γ / √(σ² + ε).
  public let summand: Float

  /// The norm γ x̂ + β of a channel with these moments.
  public init(mean: Float, inverseDeviation: Float, scale: Float, shift: Float) {
    self.mean = mean
    self.inverseDeviation = inverseDeviation
    self.factor = scale * inverseDeviation
    self.summand = shift - mean * factor
  }

  /// As kernels take it.
  fileprivate var kernelNorm: relief_norm {
    relief_norm(
      mean: mean, inverse_deviation: inverseDeviation, factor: factor, summand: summand)
  }
}

/// One channel's map of one lane block.
public struct ChannelMap {
  fileprivate let plane: relief_plane

  /// The map of `channel` in `block` of `maps`.
  public init(_ maps: LaneBlocks, block: Int, channel: Int) {
    plane = maps.plane(block, channel)
  }
}

extension KernelSet {
  /// Σ(x − center) and Σ(x − center)² over the positions of x and the first `images` lanes.
  public func moments(
    _ x: ChannelMap, center: Float, images: Int
  ) -> (sum: Double, squares: Double) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { sums in
      functions.plane_moments(sums.baseAddress, x.plane, center, images)
      return (sums[0], sums[1])
    }
  }

  /// y = factor · x + summand + every `step`-th row and column of `addend`, then perhaps max(0, y);
  /// what is nil counts as 0.
  public func normalise(
    _ x: (map: ChannelMap, norm: ChannelNorm)?, adding addend: ChannelMap? = nil, step: Int = 1,
    rectifies: Bool, into y: ChannelMap
  ) {
    functions.plane_normalise(
      y.plane, x?.map.plane ?? relief_plane(), addend?.plane ?? relief_plane(), step,
      x?.norm.kernelNorm ?? relief_norm(), rectifies)
  }

  /// Σdy and Σdy·x̂ over the positions of x and the first `images` lanes.
  ///
  /// Behind a rectifier dy counts where that was open: where factor · x + summand > 0 or, when more was
  /// added, where the rectifier's `output` > 0; in that case dy becomes 0 elsewhere.
  public func gradientMoments(
    _ dy: ChannelMap, _ x: ChannelMap, norm: ChannelNorm, rectifies: Bool,
    output: ChannelMap? = nil, images: Int
  ) -> (sum: Double, products: Double) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { sums in
      functions.plane_gradient_moments(
        sums.baseAddress, dy.plane, x.plane, output?.plane ?? relief_plane(), norm.kernelNorm,
        rectifies,
        images)
      return (sums[0], sums[1])
    }
  }

  /// dx = a · dy + b · x + c in the first `images` lanes, 0 in the others; behind a rectifier dy counts
  /// where `norm`, if there is one, puts out more than 0.
  public func combine(
    _ dy: ChannelMap, _ x: ChannelMap, into dx: ChannelMap, behindRectifierOf norm: ChannelNorm?,
    factors: (gradient: Float, input: Float, summand: Float), images: Int
  ) {
    functions.plane_combine(
      dx.plane, dy.plane, x.plane, norm?.kernelNorm ?? relief_norm(), norm != nil,
      relief_combination(
        gradient: factors.gradient, input: factors.input, summand: factors.summand), images)
  }

  /// x = 0.
  public func clear(_ x: ChannelMap) { functions.plane_clear(x.plane) }

  /// dy = y <= 0 ? 0 : dy.
  public func rectifyBackward(_ dy: ChannelMap, output y: ChannelMap) {
    functions.plane_rectify_backward(dy.plane, y.plane)
  }
}
