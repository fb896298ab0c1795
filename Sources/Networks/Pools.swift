import Tensors

/// The largest of each `size` × `size` square; the gradient goes to the first of equals.
final class MaxPool: Layer {
  private let size: Int
  private let kernels: KernelSet
  let outputShape: FeatureShape
  let worksInPlace = false

  /// A pool of maps to `output`.
  init(size: Int, output: FeatureShape, kernels: KernelSet) {
    self.size = size
    self.outputShape = output
    self.kernels = kernels
  }

  func forward(_ pass: Pass, input: LaneBlocks, output: LaneBlocks) {
    kernels.maxPool(input, into: output, size: size, blocks: pass.run.count)
  }

  func backward(
    _ pass: Pass, input: LaneBlocks, output: LaneBlocks, outputGradient: LaneBlocks,
    inputGradient: InputGradient?
  ) {
    guard let inputGradient else { return }
    kernels.maxPoolBackward(
      outputGradient, x: input, into: inputGradient.maps, size: size, blocks: pass.run.count)
  }
}

/// The mean of each channel.
final class GlobalAveragePool: Layer {
  private let kernels: KernelSet
  let outputShape: FeatureShape
  let worksInPlace = false

  /// A pool of `channels` channels.
  init(channels: Int, kernels: KernelSet) {
    self.outputShape = FeatureShape(channels: channels)
    self.kernels = kernels
  }

  func forward(_ pass: Pass, input: LaneBlocks, output: LaneBlocks) {
    kernels.averagePool(input, into: output, blocks: pass.run.count)
  }

  func backward(
    _ pass: Pass, input: LaneBlocks, output: LaneBlocks, outputGradient: LaneBlocks,
    inputGradient: InputGradient?
  ) {
    guard let inputGradient else { return }
    kernels.averagePoolBackward(outputGradient, into: inputGradient.maps, blocks: pass.run.count)
  }
}
