import Tensors

/// A dense layer or a convolution, over the surviving connections of its group.
final class WeightedLayer: Layer {
  let group: Int
  let products: any LayerProducts
  private let parameters: Range<Int>
  private let blockGradients: BlockGradients
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
      blockGradients.push(block: blocks.lowerBound, of: pass.run) { leaf, single in
        products.weightGradient(gradient, input, into: leaf, offset: 0, run: single)
      }
    }
  }

  func finishBackward(_ pass: Pass) throws {
    blockGradients.finish(into: pass.gradients, offset: parameters.lowerBound)
    try pass.completed(parameters)
  }
}

/// Weight gradients that come block by block, added up along the tree over blocks.
private final class BlockGradients {
  private let single = BlockRun(images: LaneBlocks.lanes, rank: 0, worldSize: 1)
  private let count: Int
  private let kernels: KernelSet
  private var stack: [GradientPartials] = []
  private var depth = 0

  init(count: Int, kernels: KernelSet) {
    (self.count, self.kernels) = (count, kernels)
  }

  /// `compute` puts the gradient of `block` alone where it is told to.
  func push(
    block: Int, of run: BlockRun, _ compute: (_ leaf: GradientPartials, _ single: BlockRun) -> Void
  ) {
    if depth == stack.count { stack.append(GradientPartials(count: count, partials: 1)) }
    compute(stack[depth], single)
    depth += 1
    for _ in 0..<run.merges(after: block) {
      depth -= 1
      kernels.add(
        stack[depth].slice(0..<count, partial: 0), to: stack[depth - 1].slice(0..<count, partial: 0)
      )
    }
  }

  /// What is left are the partials of the run.
  func finish(into gradients: GradientPartials, offset: Int) {
    for partial in 0..<depth {
      gradients.slice(offset..<offset + count, partial: partial).copy(
        from: stack[partial].slice(0..<count, partial: 0))
    }
    depth = 0
  }
}
