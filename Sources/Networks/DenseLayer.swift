import Tensors

/// y_j = b_j + Σ_i w_ji x_i over the surviving connections.
final class DenseLayer: Layer {
  private let group: Int
  private let products: any DenseProducts
  private let parameters: Range<Int>
  let outputShape: FeatureShape
  let worksInPlace = false

  /// The layer of `group`, whose surviving connections lie at `parameters`.
  init(
    group: Int, connectivity: Connectivity, parameters: Range<Int>, products: any DenseProducts
  ) {
    self.group = group
    self.products = products
    self.parameters = parameters
    self.outputShape = FeatureShape(channels: connectivity.units)
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
