import Tensors

/// Softmax cross-entropy, averaged over the images of the whole batch.
package struct CrossEntropy {
  private let kernels: KernelSet
  private let labelSmoothing: Double

  /// The loss on `kernels`.
  ///
  /// - Parameter labelSmoothing: the share of an image's label that is spread evenly over all
  ///   classes. (Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: "Rethinking the Inception architecture
  ///   for computer vision", CVPR 2016.)
  package init(kernels: KernelSet, labelSmoothing: Double = 0) {
    (self.kernels, self.labelSmoothing) = (kernels, labelSmoothing)
  }

  /// Adds for each block of a share the sum of its images' losses and the number of images
  /// classified correctly to `partials`.
  ///
  /// - Parameters:
  ///   - labels: one for each image of the share.
  ///   - gradient: where to put the gradient of the mean loss by the logits; nil to leave it out.
  package func add(
    _ logits: LaneBlocks, _ labels: [Int32], _ share: BlockShare, gradient: LaneBlocks? = nil,
    to partials: inout BlockPartials
  ) {
    precondition(
      labels.count == share.imageRange.count,
      "\(labels.count) labels, \(share.imageRange.count) images"
    )
    for block in 0..<share.count {
      kernels.crossEntropy(
        logits: logits, gradient: gradient, block: block,
        labels: labels.dropFirst(block * LaneBlocks.lanes).prefix(LaneBlocks.lanes),
        scale: 1 / Float(share.images), labelSmoothing: labelSmoothing, to: &partials)
    }
  }
}
