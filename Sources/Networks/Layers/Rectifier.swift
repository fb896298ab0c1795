import Tensors

/// max(0, x).
final class Rectifier: Layer {
  private let kernels: KernelSet
  let outputShape: FeatureShape
  let worksInPlace = true

  /// A rectifier of activations of `shape`.
  init(shape: FeatureShape, kernels: KernelSet) {
    self.outputShape = shape
    self.kernels = kernels
  }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    kernels.rectify(maps.output, blocks: blocks.count)
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    guard let gradient = maps.outputGradient else { return }
    kernels.rectifyBackward(gradient, output: maps.output, blocks: blocks.count)
  }
}
