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

  func forward(_ pass: Pass, input: LaneBlocks, output: LaneBlocks) {
    kernels.rectify(output, blocks: pass.run.count)
  }

  func backward(
    _ pass: Pass, input: LaneBlocks, output: LaneBlocks, outputGradient: LaneBlocks,
    inputGradient: InputGradient?
  ) {
    kernels.rectifyBackward(outputGradient, output: output, blocks: pass.run.count)
  }
}
