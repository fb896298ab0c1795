import Tensors

/// A layer that is a smooth activation.
package protocol SmoothLayer: LayerDeclaration {
  /// Which.
  var activation: SmoothActivation { get }
}

extension SmoothLayer {
  package var addsGradient: Bool { true }

  /// Appends its passes.
  package func append(_ layer: PlacedLayer, to program: inout ProgramBuilder, input: Int) -> Int {
    program.append(
      SmoothActivationRunner(activation, shape: layer.output, kernels: program.network.kernels),
      for: layer, input: input)
  }

  /// Appends what it does in evaluation.
  package func infer(_ layer: PlacedLayer, in graph: inout InferenceBuilder, input: Int) -> Int {
    graph.append(.activation(.smooth(activation)), for: layer, inputs: [input])
  }
}

/// Computes a smooth activation from one map to another; the backward pass reads its input.
private final class SmoothActivationRunner: Runner {
  private let activation: SmoothActivation
  private let kernels: KernelSet
  let outputShape: FeatureShape

  init(_ activation: SmoothActivation, shape: FeatureShape, kernels: KernelSet) {
    (self.activation, self.outputShape, self.kernels) = (activation, shape, kernels)
  }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    kernels.activate(maps.input, by: activation, into: maps.output, blocks: blocks.count)
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    guard let gradient = maps.outputGradient, let inputGradient = maps.inputGradient else { return }
    kernels.activateBackward(
      gradient, maps.input, by: activation, into: inputGradient, adds: maps.addsGradient,
      blocks: blocks.count)
  }
}
