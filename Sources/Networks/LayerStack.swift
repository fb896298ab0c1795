import Tensors

/// Layers one behind the other, with the buffers between them. Everything is allocated once; passes
/// allocate no activations.
final class LayerStack {
  let layers: [any Layer]
  private let activations: [LaneBlocks]
  private let gradients: [LaneBlocks?]

  /// A stack of `layers` for runs of up to `blocks` lane blocks.
  ///
  /// - Parameter outputHalo: zeros that whatever follows needs around the output.
  init(_ layers: [any Layer], blocks: Int, trains: Bool, outputHalo: Int = 0) {
    precondition(
      layers.first.map { !$0.worksInPlace } ?? false,
      "a stack begins with a layer that keeps its input")
    var activations: [LaneBlocks] = []
    var gradients: [LaneBlocks?] = []
    for (index, layer) in layers.enumerated() {
      layer.prepare(blocks: blocks, trains: trains)
      if layer.worksInPlace {
        activations.append(activations[index - 1])
        gradients.append(gradients[index - 1])
        continue
      }
      let reader = layers[(index + 1)...].first { !$0.worksInPlace }
      let halo = max(reader?.inputHalo ?? outputHalo, layer.gradientHalo)
      func buffer() -> LaneBlocks {
        LaneBlocks(shape: layer.outputShape, halo: halo, capacity: blocks)
      }
      activations.append(buffer())
      let isKept = layer.keepsGradient && index > 0
      gradients.append(isKept ? gradients[index - 1] : trains ? buffer() : nil)
    }
    self.layers = layers
    self.activations = activations
    self.gradients = gradients
  }

  /// What the last layer put out.
  var output: LaneBlocks { activations[activations.count - 1] }
  /// Where the output's gradient goes before a backward pass; nil in a stack that does not train.
  var outputGradient: LaneBlocks? { gradients[gradients.count - 1] }

  /// Runs the layers on `input`.
  /// - Throws: what the sums over ranks throw.
  func forward(_ pass: Pass, input: LaneBlocks) throws {
    for (index, layer) in layers.enumerated() {
      try layer.forward(
        pass, input: index > 0 ? activations[index - 1] : input, output: activations[index])
    }
  }

  /// Runs the layers backwards from `outputGradient`, by default the stack's own.
  /// - Throws: what the sums over ranks, or the exchange of what is completed, throw.
  func backward(
    _ pass: Pass, input: LaneBlocks, outputGradient: LaneBlocks? = nil,
    inputGradient: InputGradient?
  ) throws {
    for index in layers.indices.reversed() {
      let own = gradients[index]
      let isLast = index == layers.count - 1
      guard let gradient = isLast ? outputGradient ?? own : own else { continue }
      try layers[index].backward(
        pass, input: index > 0 ? activations[index - 1] : input, output: activations[index],
        outputGradient: gradient,
        inputGradient: index > 0 ? gradients[index - 1].map { InputGradient($0) } : inputGradient)
    }
  }

  /// Shows `observer` what activity statistics need, after a forward pass.
  func observe(input: LaneBlocks, _ observer: (Observation) -> Void) {
    for (index, layer) in layers.enumerated() {
      layer.observe(
        input: index > 0 ? activations[index - 1] : input, output: activations[index], observer)
    }
  }
}
