import Tensors

/// The runners and maps that run one replica of a network. Everything is allocated once.
package final class Workspace {
  /// The network whose passes it serves.
  package let network: Network
  /// The input batch.
  package let input: LaneBlocks
  /// What the last layer put out, after `forward`.
  package let logits: LaneBlocks
  /// Where the loss puts the gradient of the logits; nil in a workspace that does not train.
  package let logitsGradient: LaneBlocks?
  /// The gradient of `input` after `backward`, where it was asked for.
  package let inputGradient: LaneBlocks?
  /// Weight gradients, one partial a subtree of the share.
  package let gradients: GradientPartials
  private let program: Program
  private let lifetimes: MapLifetimes
  private let maps: ProgramMaps
  private let stages: [Stage]

  /// Room for shares of up to `blocks` lane blocks; without `trains`, only for forward passes.
  package init(
    _ network: Network, blocks: Int, partials: Int, trains: Bool = true,
    makesInputGradient: Bool = false
  ) {
    self.network = network
    program = ProgramBuilder.program(of: network)
    for operation in program.operations {
      operation.runner.prepare(blocks: blocks, trains: trains)
    }
    let memory = MapMemory(
      program, blocks: blocks, trains: trains, makesInputGradient: makesInputGradient)
    lifetimes = memory.lifetimes
    maps = ProgramMaps(memory)
    var written: Set<Int> = []
    var stages: [Stage] = []
    for operations in program.stages.reversed() {
      stages.append(Stage(operations, maps, lifetimes, blocks: blocks, written: &written))
    }
    self.stages = stages.reversed()
    input = maps.activation(0)
    logits = maps.activation(program.lastMap)
    logitsGradient = trains ? maps.gradient(program.lastMap) : nil
    inputGradient = makesInputGradient ? maps.gradient(0) : nil
    gradients = GradientPartials(
      count: trains ? network.parameters.count : 0, partials: trains ? partials : 0)
  }

  /// Runs the layers on `input` and returns the logits.
  ///
  /// - Parameter imageIndices: the images of the share by their index in the image set; with
  ///   `randomKey` they decide what is random in training.
  /// - Throws: what the sums over ranks throw.
  package func forward(
    _ share: BlockShare, mode: Pass.Mode, randomKey: RandomKey = RandomKey(),
    imageIndices: ArraySlice<Int> = [], sums: any BlockSum, timeline: Timeline? = nil
  ) throws -> LaneBlocks {
    let pass = pass(share, mode, randomKey, imageIndices, sums, timeline) { _, _ in }
    for stage in stages { try stage.forward(pass) }
    return logits
  }

  /// Runs the layers backwards from `logitsGradient`. `completed` is called with places in the
  /// compact parameters whose partial gradients are then final, about from the last to the first.
  ///
  /// - Parameter mode: that of the forward pass before it.
  /// - Throws: what the sums over ranks or `completed` throw.
  package func backward(
    _ share: BlockShare, mode: Pass.Mode = .training, sums: any BlockSum,
    timeline: Timeline? = nil, completed: @escaping GradientsCompleted
  ) throws {
    let pass = pass(share, mode, RandomKey(), [], sums, timeline, completed)
    for stage in stages.reversed() { try stage.backward(pass) }
  }

  /// What pruning observes of a lane block after `forward`: where it lies, and as which block
  /// there.
  ///
  /// - Parameter kind: one of the graph's observations.
  package func observed(_ kind: Observation.Kind, block: Int) -> (maps: LaneBlocks, block: Int) {
    guard let operation = program.operations.first(where: { $0.runner.observes[kind] != nil }),
      let place = operation.runner.observes[kind]
    else { preconditionFailure("nothing observes \(kind)") }
    switch place {
    case .input: return kept(operation.input, block: block)
    case .addend: return kept(operation.addend ?? operation.input, block: block)
    case .outputWithoutAddend:
      let input = maps.activation(operation.input)
      return (operation.runner.output(of: input, block: block, isPlain: true), 0)
    }
  }

  /// Maps that are not kept are computed again.
  private func kept(_ map: Int, block: Int) -> (maps: LaneBlocks, block: Int) {
    guard lifetimes.isRecomputed(map),
      let writer = program.operations.last(where: { $0.output == map })
    else { return (maps.activation(map), block) }
    let input = maps.activation(writer.input)
    return (writer.runner.output(of: input, block: block, isPlain: false), 0)
  }

  /// The lists that the layers of each group run over.
  package var lists: [(group: Int, indices: [IndexBuffer])] {
    program.operations.compactMap(\.runner.connectionLists)
  }

  /// The first layer whose output is not finite after `forward`, with its place in the order of
  /// layers; nil where all are.
  package func firstNotFinite(_ share: BlockShare) -> (place: Int, layer: String)? {
    let operations = program.operations.filter(\.runner.computesOutput)
    for (place, operation) in operations.enumerated()
    where !lifetimes.isRecomputed(operation.output) {
      if !maps.activation(operation.output).isFinite(blocks: share.count) {
        return (place, operation.name)
      }
    }
    return nil
  }

  private func pass(
    _ share: BlockShare, _ mode: Pass.Mode, _ randomKey: RandomKey, _ imageIndices: ArraySlice<Int>,
    _ sums: any BlockSum, _ timeline: Timeline?, _ completed: @escaping GradientsCompleted
  ) -> Pass {
    precondition(
      share.count <= input.capacity, "\(share.count) blocks in room for \(input.capacity)")
    return Pass(
      share: share, mode: mode, parameters: network.parameters, statistics: network.statistics,
      gradients: gradients, randomKey: randomKey, imageIndices: imageIndices, sums: sums,
      normalisationScope: sums.scope(of: share), timeline: timeline, gradientsCompleted: completed)
  }
}
