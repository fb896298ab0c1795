import Tensors

/// A dense layer or a convolution, over the surviving connections of its group.
final class WeightedLayer: Layer {
  private let group: Int
  private let products: any LayerProducts
  private let parameters: Range<Int>
  let outputShape: FeatureShape
  let worksInPlace = false
  let inputHalo, gradientHalo: Int

  /// The layer of `group`, whose surviving connections lie at `parameters`. Its products need zeros
  /// around their inputs and around the gradients of their outputs.
  init(
    group: Int, output: FeatureShape, parameters: Range<Int>, products: any LayerProducts,
    inputHalo: Int = 0, gradientHalo: Int = 0
  ) {
    self.group = group
    self.products = products
    self.parameters = parameters
    self.outputShape = output
    (self.inputHalo, self.gradientHalo) = (inputHalo, gradientHalo)
  }

  func forward(_ pass: Pass, input: LaneBlocks, output: LaneBlocks) {
    products.forward(
      input, into: output, weights: FloatSlice(pass.parameters, parameters), blocks: pass.run.count)
  }

  func backward(
    _ pass: Pass, input: LaneBlocks, output: LaneBlocks, outputGradient: LaneBlocks,
    inputGradient: InputGradient?
  ) throws {
    products.weightGradient(
      outputGradient, input, into: pass.gradients, offset: parameters.lowerBound, run: pass.run)
    try pass.completed(parameters)
    if let inputGradient {
      products.backward(
        outputGradient, into: inputGradient.maps, adds: inputGradient.isAdded,
        weights: FloatSlice(pass.parameters, parameters), blocks: pass.run.count)
    }
  }

  func observe(input: LaneBlocks, output: LaneBlocks, _ observer: (Observation) -> Void) {
    observer(Observation(.inputs(group: group), input))
  }
}
