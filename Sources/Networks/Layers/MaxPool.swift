import Tensors

/// The largest of each `size` × `size` square; rows and columns that fill none are left out. The
/// gradient goes to the first of equals.
package struct MaxPool: LayerDeclaration {
  /// Rows and columns of a square.
  package let size: Int

  /// Notes the smaller maps.
  package func place(in graph: inout Graph) -> PlacedLayer.Parts {
    let shape = graph.shape
    graph.reshape(
      FeatureShape(
        channels: shape.channels, height: shape.height / size, width: shape.width / size))
    return PlacedLayer.Parts()
  }

  /// Appends its passes.
  package func append(_ layer: PlacedLayer, to program: inout ProgramBuilder, input: Int) -> Int {
    program.append(
      MaxPoolRunner(size: size, output: layer.output, kernels: program.network.kernels),
      for: layer, input: input)
  }

  /// Appends what it does in evaluation.
  package func infer(_ layer: PlacedLayer, in graph: inout InferenceBuilder, input: Int) -> Int {
    graph.append(.maxPool(size), for: layer, inputs: [input])
  }
}

extension Layer {
  /// The largest of each `size` × `size` square.
  package static func maxPool(_ size: Int) -> Layer { Layer(MaxPool(size: size)) }
}

private final class MaxPoolRunner: Runner {
  private let size: Int
  private let kernels: KernelSet
  let outputShape: FeatureShape

  init(size: Int, output: FeatureShape, kernels: KernelSet) {
    (self.size, self.outputShape, self.kernels) = (size, output, kernels)
  }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    kernels.maxPool(maps.input, into: maps.output, size: size, blocks: blocks.count)
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    guard let gradient = maps.outputGradient, let inputGradient = maps.inputGradient else { return }
    kernels.maxPoolBackward(
      gradient, x: maps.input, into: inputGradient, size: size, blocks: blocks.count)
  }
}
