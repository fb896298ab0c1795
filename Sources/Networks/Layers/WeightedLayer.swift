import Tensors

/// A dense layer or a convolution, over the surviving connections of its group.
final class WeightedLayer: Layer {
  let group: Int
  let products: any LayerProducts
  private let parameters: Range<Int>
  private let blockGradients: BlockGradients
  /// One lane block by itself.
  private let single = BlockRun(images: LaneBlocks.lanes, rank: 0, worldSize: 1)
  let outputShape: FeatureShape
  let takesWholeRun: Bool?
  let inputHalo, gradientHalo: Int

  /// The layer of `group`, whose surviving connections lie at `parameters`. Its products need zeros
  /// around their inputs and around the gradients of their outputs.
  init(
    group: Int, output: FeatureShape, parameters: Range<Int>, products: any LayerProducts,
    takesWholeRun: Bool, inputHalo: Int = 0, gradientHalo: Int = 0, kernels: KernelSet
  ) {
    self.group = group
    self.products = products
    self.parameters = parameters
    self.blockGradients = BlockGradients(count: parameters.count, kernels: kernels)
    self.outputShape = output
    self.takesWholeRun = takesWholeRun
    (self.inputHalo, self.gradientHalo) = (inputHalo, gradientHalo)
  }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    products.forward(
      maps.input, into: maps.output, weights: FloatSlice(pass.parameters, parameters),
      blocks: blocks.count)
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    guard let gradient = maps.outputGradient else { return }
    pass.timeline.measure("weights", "weight gradient") {
      weightGradient(pass, blocks, gradient, maps.input)
    }
    if let inputGradient = maps.inputGradient {
      products.backward(
        gradient, into: inputGradient, adds: maps.addsGradient,
        weights: FloatSlice(pass.parameters, parameters), blocks: blocks.count)
    }
  }

  private func weightGradient(
    _ pass: Pass, _ blocks: Range<Int>, _ gradient: LaneBlocks, _ input: LaneBlocks
  ) {
    if blocks.count == pass.run.count {
      products.weightGradient(
        gradient, input, into: pass.gradients, offset: parameters.lowerBound, run: pass.run)
    } else {
      blockGradients.push(merges: pass.run.merges(after: blocks.lowerBound)) { leaf in
        products.weightGradient(gradient, input, into: leaf, offset: 0, run: single)
      }
    }
  }

  func finishBackward(_ pass: Pass) throws {
    blockGradients.finish(into: pass.gradients, offset: parameters.lowerBound)
    try pass.completed(parameters)
  }
}
