import Tensors

/// (x − mean) / deviation for each channel of pixels divided by 255.
package struct Normalisation: Sendable, Equatable {
  /// A mean for each channel.
  package let means: [Float]
  /// A deviation for each channel.
  package let deviations: [Float]

  /// One with a mean and a deviation for each channel.
  package init(means: [Float], deviations: [Float]) {
    precondition(
      means.count == deviations.count, "\(means.count) means, \(deviations.count) deviations")
    (self.means, self.deviations) = (means, deviations)
  }

  /// ImageNet's red, green and blue.
  package static let imageNet = Normalisation(
    means: [0.485, 0.456, 0.406], deviations: [0.229, 0.224, 0.225])

  func apply(to x: LaneBlocks, block: Int, images: Int, kernels: KernelSet) {
    for channel in 0..<x.shape.channels {
      let factor = 1 / deviations[channel]
      kernels.scale(
        x, block: block, channel: channel, factor: factor, summand: -means[channel] * factor,
        images: images)
    }
  }
}
