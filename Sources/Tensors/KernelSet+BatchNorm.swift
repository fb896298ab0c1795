import CKernels

extension KernelSet {
  /// Σ(x − center) and Σ(x − center)² over the positions of `channel` and the first `images` lanes.
  public func moments(
    _ x: LaneBlocks, block: Int, channel: Int, center: Float, images: Int
  ) -> (sum: Double, squares: Double) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { sums in
      functions.plane_moments(sums.baseAddress, x.plane(block, channel), center, images)
      return (sums[0], sums[1])
    }
  }

  /// Σdy and Σ dy·(x − mean)·inverseDeviation over the positions of `channel` and the first `images`
  /// lanes.
  public func gradientMoments(
    _ dy: LaneBlocks, _ x: LaneBlocks, block: Int, channel: Int, mean: Float,
    inverseDeviation: Float, images: Int
  ) -> (sum: Double, products: Double) {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2) { sums in
      functions.plane_gradient_moments(
        sums.baseAddress, dy.plane(block, channel), x.plane(block, channel), mean,
        inverseDeviation, images)
      return (sums[0], sums[1])
    }
  }

  /// y = factor·x + summand in `channel`.
  public func scale(
    _ x: LaneBlocks, into y: LaneBlocks, block: Int, channel: Int, factor: Float, summand: Float
  ) {
    functions.plane_scale(y.plane(block, channel), x.plane(block, channel), factor, summand)
  }

  /// dx = a·dy + b·x + c in `channel` and the first `images` lanes, 0 in the others.
  public func combine(
    _ dy: LaneBlocks, _ x: LaneBlocks, into dx: LaneBlocks, block: Int, channel: Int,
    factors: (gradient: Float, input: Float, summand: Float), images: Int
  ) {
    functions.plane_combine(
      dx.plane(block, channel), dy.plane(block, channel), x.plane(block, channel),
      factors.gradient, factors.input, factors.summand, images)
  }
}
