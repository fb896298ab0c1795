import Tensors

/// The layers and buffers that run one replica of a network.
public final class Workspace {
  /// The network whose passes it serves.
  public let network: Network
  /// The input batch.
  public let input: LaneBlocks
  /// Weight gradients, one partial a subtree of the run.
  public let gradients: GradientPartials
  private let stack: LayerStack

  /// Room for runs of up to `blocks` lane blocks; without `trains`, only for forward passes.
  public init(_ network: Network, blocks: Int, partials: Int, trains: Bool = true) {
    let layers = network.makeLayers()
    self.network = network
    self.stack = LayerStack(layers, blocks: blocks, trains: trains)
    self.input = LaneBlocks(
      shape: network.architecture.input, halo: layers.first?.inputHalo ?? 0, capacity: blocks)
    self.gradients = GradientPartials(
      count: trains ? network.parameters.count : 0, partials: trains ? partials : 0)
  }

  /// Where the loss puts the gradient of the logits; nil in a workspace that does not train.
  public var logitsGradient: LaneBlocks? { stack.outputGradient }
  /// What the last layer put out, after `forward`.
  public var logits: LaneBlocks { stack.output }

  /// Runs the layers on `input` and returns the logits.
  /// - Throws: what the sums over ranks throw.
  public func forward(
    _ run: BlockRun, mode: Pass.Mode, draw: Draw = .none, sums: any BlockSum
  ) throws -> LaneBlocks {
    try stack.forward(pass(run, mode, draw, sums) { _ in }, input: input)
    return logits
  }

  /// Runs the layers backwards from `logitsGradient`. `completed` is called with places in the compact
  /// parameters, from the last to the first, whose partial gradients are then final.
  /// - Throws: what the sums over ranks or `completed` throw.
  public func backward(
    _ run: BlockRun, sums: any BlockSum, completed: (Range<Int>) throws -> Void
  ) throws {
    try withoutActuallyEscaping(completed) { completed in
      try stack.backward(
        pass(run, .training, .none, sums, completed: completed), input: input,
        inputGradient: nil)
    }
  }

  /// Shows `observer` the activations that pruning wants to know, after `forward`.
  public func observe(_ observer: (Observation) -> Void) {
    stack.observe(input: input, observer)
  }

  private func pass(
    _ run: BlockRun, _ mode: Pass.Mode, _ draw: Draw, _ sums: any BlockSum,
    completed: @escaping (Range<Int>) throws -> Void
  ) -> Pass {
    precondition(run.count <= input.capacity, "\(run.count) blocks in room for \(input.capacity)")
    return Pass(
      run: run, mode: mode, parameters: network.parameters, statistics: network.statistics,
      gradients: gradients, draw: draw, sums: sums, completed: completed)
  }
}
