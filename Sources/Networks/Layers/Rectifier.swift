import Tensors

/// max(0, x), a NaN staying NaN. After a batch norm or a residual sum it is done in the same pass
/// over memory.
package struct Rectifier: LayerDeclaration {
  /// Appends its passes, or lets what wrote the map do its work.
  package func append(_ layer: PlacedLayer, to program: inout ProgramBuilder, input: Int) -> Int {
    if program.fuseRectifier(into: input) { return input }
    return program.append(
      RectifierRunner(shape: layer.output, kernels: program.network.kernels), for: layer,
      input: input)
  }

  /// Appends what it does in evaluation.
  package func infer(_ layer: PlacedLayer, in graph: inout InferenceBuilder, input: Int) -> Int {
    graph.append(.activation(.rectifier), for: layer, inputs: [input])
  }
}

extension Layer {
  /// max(0, x), a NaN staying NaN.
  package static let rectifier = Layer(Rectifier())
}

private final class RectifierRunner: Runner {
  private let kernels: KernelSet
  let outputShape: FeatureShape
  let worksInPlace = true

  init(shape: FeatureShape, kernels: KernelSet) {
    (self.outputShape, self.kernels) = (shape, kernels)
  }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    kernels.rectify(maps.output, blocks: blocks.count)
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    guard let gradient = maps.outputGradient else { return }
    kernels.rectifyBackward(gradient, output: maps.output, blocks: blocks.count)
  }
}
