import CKernels

extension KernelSet {
  /// Softmax cross-entropy of one lane block of `logits` `[class][16]`.
  ///
  /// - Returns: the losses `log Σ_c e^{z_c} − z_label` summed over the images of the block in double
  ///   precision (lanes folded +8, +4, +2, +1), and how many images' largest logit is their label's,
  ///   the first of equals counting as the largest.
  /// - Parameter gradient: where to put `(softmax − onehot) · scale`; nil when it is not needed.
  public func crossEntropy(
    logits: LaneBlocks, gradient: LaneBlocks?, block: Int, labels: [Int32], scale: Float
  ) -> (loss: Double, right: Int) {
    let lanes = LaneBlocks.lanes
    precondition((1...lanes).contains(labels.count), "\(labels.count) labels in a lane block")
    return withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * lanes) { integers in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: lanes) { losses in
        for lane in 0..<lanes { integers[lane] = lane < labels.count ? labels[lane] : 0 }
        let right = UnsafeMutableBufferPointer(rebasing: integers[lanes...])
        functions.cross_entropy(
          gradient?.base(of: block), logits.base(of: block), integers.baseAddress, labels.count,
          logits.shape.count, scale, losses.baseAddress, right.baseAddress)
        return (Self.fold(losses), right.reduce(0) { $0 + Int($1) })
      }
    }
  }

  private static func fold(_ lanes: UnsafeMutableBufferPointer<Float>) -> Double {
    var sums = lanes.map(Double.init)
    while sums.count > 1 {
      let half = sums.count / 2
      sums = (0..<half).map { sums[$0] + sums[$0 + half] }
    }
    return sums[0]
  }
}
