import Tensors

/// Runs a dense layer or a convolution over the surviving connections of its group.
final class WeightedRunner: Runner {
  private let group: Int
  private let products: any LayerProducts
  private let parameters: Range<Int>
  private let listEntries: Int
  private let blockGradients: BlockGradients
  /// One lane block by itself.
  private let single = BlockShare(images: LaneBlocks.lanes, rank: 0, worldSize: 1)
  let outputShape: FeatureShape
  let takesWholeShare: Bool?
  let inputHalo, gradientHalo: Int

  /// Runs `products`, which have so many numbers in their lists and need zeros around their inputs
  /// and around the gradients of their outputs.
  init(
    _ layer: PlacedLayer, of program: ProgramBuilder, products: any LayerProducts,
    listEntries: Int, takesWholeShare: Bool, inputHalo: Int = 0, gradientHalo: Int = 0
  ) {
    self.group = program.group(layer).index
    self.products = products
    self.parameters = program.parameters(layer)
    self.listEntries = listEntries
    self.blockGradients = BlockGradients(
      count: parameters.count, kernels: program.network.kernels)
    self.outputShape = layer.output
    self.takesWholeShare = takesWholeShare
    (self.inputHalo, self.gradientHalo) = (inputHalo, gradientHalo)
  }

  var observes: [Observation.Kind: ObservedMap] { [.inputs(group: group): .input] }
  var connectionLists: (group: Int, indices: [IndexBuffer])? { (group, products.indices) }

  func memory(blocks: Int) -> WorkspaceMemory {
    var memory = WorkspaceMemory()
    // Sums under way lie on a stack, at most one for each bit of the number of blocks.
    let depth = blocks > 1 ? Int.bitWidth - blocks.leadingZeroBitCount : 0
    let float = MemoryLayout<Float>.stride
    if takesWholeShare == false { memory.gradients = depth * parameters.count * float }
    memory.scratch = products.scratchCount(blocks: blocks) * float
    memory.lists = listEntries * MemoryLayout<UInt32>.stride
    return memory
  }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    products.forward(
      maps.input, into: maps.output, weights: FloatSlice(pass.parameters, parameters),
      blocks: blocks.count)
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
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
    if blocks.count == pass.share.count {
      products.weightGradient(
        gradient, input, into: pass.gradients, offset: parameters.lowerBound, share: pass.share)
    } else {
      blockGradients.push(merges: pass.share.merges(after: blocks.lowerBound)) { leaf in
        products.weightGradient(gradient, input, into: leaf, offset: 0, share: single)
      }
    }
  }

  func finishBackward(_ pass: Pass) throws {
    blockGradients.finish(into: pass.gradients, offset: parameters.lowerBound)
    try pass.completed(parameters)
  }
}
