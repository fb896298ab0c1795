import Tensors

/// y_f(o) = b_f + Σ_c Σ_uv K_fc(u,v) x_c(stride·o + (u,v) − padding) over the surviving kernels.
final class ConvolutionLayer: Layer {
  private let group: Int
  private let shape: ConvolutionShape
  private let products: any ConvolutionProducts
  private let parameters: Range<Int>
  let outputShape: FeatureShape
  let worksInPlace = false
  var inputHalo: Int { shape.padding }
  var gradientHalo: Int { shape.gradientHalo }

  /// The layer of `group`, whose surviving kernels and biases lie at `parameters`.
  init(
    group: Int, shape: ConvolutionShape, parameters: Range<Int>, products: any ConvolutionProducts
  ) {
    self.group = group
    self.shape = shape
    self.parameters = parameters
    self.products = products
    self.outputShape = shape.output
  }

  func forward(_ pass: Pass, input: LaneBlocks, output: LaneBlocks) {
    products.forward(
      input, into: output, weights: FloatSlice(pass.parameters, parameters), blocks: pass.run.count)
  }

  func backward(
    _ pass: Pass, input: LaneBlocks, output: LaneBlocks, outputGradient: LaneBlocks,
    inputGradient: LaneBlocks?
  ) throws {
    products.weightGradient(
      outputGradient, input, into: pass.gradients, offset: parameters.lowerBound, run: pass.run)
    try pass.completed(parameters)
    if let inputGradient {
      products.backward(
        outputGradient, into: inputGradient, weights: FloatSlice(pass.parameters, parameters),
        blocks: pass.run.count)
    }
  }

  func observe(input: LaneBlocks, output: LaneBlocks, _ observer: (Observation) -> Void) {
    observer(Observation(kind: .inputs(group: group), activations: input))
  }
}
