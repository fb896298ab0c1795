import Tensors

/// The buffers of one replica's step: activations, their gradients and partial weight gradients.
///
/// Everything is allocated once; passes allocate nothing.
public final class Workspace {
  /// The network whose passes it serves.
  public let network: Network
  /// The input batch.
  public let input: LaneBlocks
  private var activations: [LaneBlocks] = []
  private var activationGradients: [LaneBlocks?] = []
  /// Weight gradients, one partial a subtree of the run.
  public let gradients: GradientPartials

  /// Room for runs of up to `blocks` lane blocks; without `trains`, only for forward passes.
  public init(_ network: Network, blocks: Int, partials: Int, trains: Bool = true) {
    self.network = network
    self.input = LaneBlocks(shape: network.architecture.input, capacity: blocks)
    self.gradients = GradientPartials(
      count: trains ? network.parameters.count : 0, partials: trains ? partials : 0)
    var last: (activation: LaneBlocks, gradient: LaneBlocks?) = (input, nil)
    for layer in network.layers {
      if !layer.worksInPlace {
        last = (
          LaneBlocks(shape: layer.outputShape, capacity: blocks),
          trains ? LaneBlocks(shape: layer.outputShape, capacity: blocks) : nil
        )
      }
      activations.append(last.activation)
      activationGradients.append(last.gradient)
    }
  }

  /// Where the loss puts the gradient of the logits; nil in a workspace that does not train.
  public var logitsGradient: LaneBlocks? { activationGradients.last ?? nil }
  /// What the last layer put out, after `forward`.
  public var logits: LaneBlocks { input(of: network.layers.count) }
  /// The inputs of every group of connections, in order, after `forward`.
  public var connectionInputs: [LaneBlocks] {
    network.layers.indices.filter { network.layers[$0] is DenseLayer }.map(input(of:))
  }

  /// Runs the layers on `input` and returns the logits.
  /// - Throws: what the sums over ranks throw.
  public func forward(_ run: BlockRun, sums: any BlockSum) throws -> LaneBlocks {
    let pass = pass(run, sums)
    for (index, layer) in network.layers.enumerated() {
      try layer.forward(pass, input: input(of: index), output: activations[index])
    }
    return logits
  }

  private func input(of layer: Int) -> LaneBlocks { layer > 0 ? activations[layer - 1] : input }

  /// Runs the layers backwards from `logitsGradient`. `completed` is called after each layer with its
  /// places in the compact parameters, whose partial gradients are then final.
  /// - Throws: what the sums over ranks or `completed` throw.
  public func backward(
    _ run: BlockRun, sums: any BlockSum, completed: (Range<Int>) throws -> Void
  ) throws {
    let pass = pass(run, sums)
    for index in network.layers.indices.reversed() {
      guard let gradient = activationGradients[index] else { continue }
      try network.layers[index].backward(
        pass, input: input(of: index), output: activations[index],
        outputGradient: gradient, inputGradient: index > 0 ? activationGradients[index - 1] : nil)
      try completed(network.layers[index].parameters)
    }
  }

  private func pass(_ run: BlockRun, _ sums: any BlockSum) -> Pass {
    precondition(run.count <= input.capacity, "\(run.count) blocks in room for \(input.capacity)")
    return Pass(run: run, parameters: network.parameters, gradients: gradients, sums: sums)
  }
}
