import Tensors

/// The largest of each `size` × `size` square; the gradient goes to the first of equals.
final class MaxPool: Layer {
  private let size: Int
  private let kernels: KernelSet
  let outputShape: FeatureShape

  /// A pool of maps to `output`.
  init(size: Int, output: FeatureShape, kernels: KernelSet) {
    self.size = size
    self.outputShape = output
    self.kernels = kernels
  }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    kernels.maxPool(maps.input, into: maps.output, size: size, blocks: blocks.count)
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    guard let gradient = maps.outputGradient, let inputGradient = maps.inputGradient else { return }
    kernels.maxPoolBackward(
      gradient, x: maps.input, into: inputGradient, size: size, blocks: blocks.count)
  }
}

/// The mean of each channel.
final class GlobalAveragePool: Layer {
  private let kernels: KernelSet
  let outputShape: FeatureShape

  /// A pool of `channels` channels.
  init(channels: Int, kernels: KernelSet) {
    self.outputShape = FeatureShape(channels: channels)
    self.kernels = kernels
  }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    kernels.averagePool(maps.input, into: maps.output, blocks: blocks.count)
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    guard let gradient = maps.outputGradient, let inputGradient = maps.inputGradient else { return }
    kernels.averagePoolBackward(gradient, into: inputGradient, blocks: blocks.count)
  }
}
