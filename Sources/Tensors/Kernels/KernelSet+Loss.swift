import CKernels

extension KernelSet {
  /// Softmax cross-entropy of one lane block of `logits` `[class][16]`.
  ///
  /// Appended to `partials`: the losses `log Σ_c e^{z_c} − Σ_c t_c z_c` summed over the images of
  /// the block in double precision (lanes folded +8, +4, +2, +1), and how many images' largest
  /// logit is their label's, the first of equals counting as the largest. With smoothing ε the
  /// target t_c is ε over the number of classes, and 1 − ε more for the label.
  ///
  /// - Parameter gradient: where to put `(softmax − t) · scale`; nil when it is not needed.
  package func crossEntropy(
    logits: LaneBlocks, gradient: LaneBlocks?, block: Int, labels: ArraySlice<Int32>, scale: Float,
    labelSmoothing: Double = 0, to partials: inout BlockPartials
  ) {
    let lanes = LaneBlocks.lanes
    precondition((1...lanes).contains(labels.count), "\(labels.count) labels in a lane block")
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * lanes) { integers in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: lanes) { losses in
        integers.initialize(repeating: 0)
        for (lane, label) in labels.enumerated() { integers[lane] = label }
        let right = UnsafeMutableBufferPointer(rebasing: integers[lanes...])
        functions.cross_entropy(
          gradient?.base(of: block), logits.base(of: block), integers.baseAddress, labels.count,
          logits.shape.count, scale, Float(labelSmoothing), losses.baseAddress, right.baseAddress)
        partials.appendBlock { sums in
          sums[0] = Self.fold(losses)
          sums[1] = Double(right.reduce(0, +))
        }
      }
    }
  }

  private static func fold(_ lanes: UnsafeMutableBufferPointer<Float>) -> Double {
    withUnsafeTemporaryAllocation(of: Double.self, capacity: lanes.count) { sums in
      for lane in lanes.indices { sums[lane] = Double(lanes[lane]) }
      var count = lanes.count
      while count > 1 {
        count /= 2
        for lane in 0..<count { sums[lane] += sums[lane + count] }
      }
      return sums[0]
    }
  }
}
