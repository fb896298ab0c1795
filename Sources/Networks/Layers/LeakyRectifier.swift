import Tensors

// Maas, Hannun, Ng: "Rectifier nonlinearities improve neural network acoustic models", ICML 2013.

/// x where x > 0, else slope · x.
package struct LeakyRectifier: LayerDeclaration {
  /// What is left of negative numbers, above 0.
  package let slope: Float

  /// Appends its passes.
  package func append(_ layer: PlacedLayer, to program: inout ProgramBuilder, input: Int) -> Int {
    program.append(
      LeakyRectifierRunner(slope: slope, shape: layer.output, kernels: program.network.kernels),
      for: layer, input: input)
  }

  /// Appends what it does in evaluation.
  package func infer(_ layer: PlacedLayer, in graph: inout InferenceBuilder, input: Int) -> Int {
    graph.append(.activation(.leaky(slope: slope)), for: layer, inputs: [input])
  }
}

extension Layer {
  /// x where x > 0, else `slope` · x.
  package static func leakyRectifier(_ slope: Float = 0.01) -> Layer {
    precondition(slope > 0 && slope.isFinite, "a leaky rectifier with slope \(slope)")
    return Layer(LeakyRectifier(slope: slope))
  }
}

/// Works in place: with a slope above 0 the output has the input's sign.
private final class LeakyRectifierRunner: Runner {
  private let slope: Float
  private let kernels: KernelSet
  let outputShape: FeatureShape
  let worksInPlace = true

  init(slope: Float, shape: FeatureShape, kernels: KernelSet) {
    (self.slope, self.outputShape, self.kernels) = (slope, shape, kernels)
  }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    kernels.leak(maps.output, slope: slope, blocks: blocks.count)
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    guard let gradient = maps.outputGradient else { return }
    kernels.leakBackward(gradient, output: maps.output, slope: slope, blocks: blocks.count)
  }
}
