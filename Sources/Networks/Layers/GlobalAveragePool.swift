import Tensors

/// The mean of each channel: a map of 1 × 1.
package struct GlobalAveragePool: LayerDeclaration {
  /// Notes the smaller maps.
  package func place(in graph: inout Graph) -> PlacedLayer.Parts {
    graph.reshape(FeatureShape(channels: graph.shape.channels))
    return PlacedLayer.Parts()
  }

  /// Appends its passes.
  package func append(_ layer: PlacedLayer, to program: inout ProgramBuilder, input: Int) -> Int {
    program.append(
      GlobalAveragePoolRunner(output: layer.output, kernels: program.network.kernels), for: layer,
      input: input)
  }

  /// Appends what it does in evaluation.
  package func infer(_ layer: PlacedLayer, in graph: inout InferenceBuilder, input: Int) -> Int {
    graph.append(.mean, for: layer, inputs: [input])
  }
}

extension Layer {
  /// The mean of each channel: a map of 1 × 1.
  package static let globalAveragePool = Layer(GlobalAveragePool())
}

private final class GlobalAveragePoolRunner: Runner {
  private let kernels: KernelSet
  let outputShape: FeatureShape

  init(output: FeatureShape, kernels: KernelSet) {
    (self.outputShape, self.kernels) = (output, kernels)
  }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    kernels.averagePool(maps.input, into: maps.output, blocks: blocks.count)
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    guard let gradient = maps.outputGradient, let inputGradient = maps.inputGradient else { return }
    kernels.averagePoolBackward(gradient, into: inputGradient, blocks: blocks.count)
  }
}
