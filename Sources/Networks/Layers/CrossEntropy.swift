import Tensors

/// Softmax cross-entropy, averaged over the images of the whole batch.
package struct CrossEntropy {
  private let kernels: KernelSet

  /// The loss on `kernels`.
  package init(kernels: KernelSet) { self.kernels = kernels }

  /// Appends for each block of a run the sum of its images' losses and the number of images classified
  /// right to `partials`.
  ///
  /// - Parameters:
  ///   - labels: one for each image of the run.
  ///   - gradient: where to put the gradient of the mean loss by the logits; nil to leave it out.
  package func callAsFunction(
    _ logits: LaneBlocks, labels: [Int32], run: BlockRun, gradient: LaneBlocks?,
    to partials: inout BlockPartials
  ) {
    precondition(
      labels.count == run.imageRange.count, "\(labels.count) labels, \(run.imageRange.count) images"
    )
    for block in 0..<run.count {
      kernels.crossEntropy(
        logits: logits, gradient: gradient, block: block,
        labels: labels.dropFirst(block * LaneBlocks.lanes).prefix(LaneBlocks.lanes),
        scale: 1 / Float(run.images), to: &partials)
    }
  }
}
