import Tensors

/// The layers and maps that run one replica of a network. Everything is allocated once.
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
  /// Weight gradients, one partial a subtree of the run.
  package let gradients: GradientPartials
  private let program: Program
  private let plan: MapPlan
  private let store: MapStore
  private let stages: [Stage]

  /// Room for runs of up to `blocks` lane blocks; without `trains`, only for forward passes.
  package init(
    _ network: Network, blocks: Int, partials: Int, trains: Bool = true,
    makesInputGradient: Bool = false
  ) {
    self.network = network
    program = network.makeProgram()
    plan = MapPlan(program, trains: trains, makesInputGradient: makesInputGradient)
    for step in program.stages.joined() { step.layer.prepare(blocks: blocks, trains: trains) }
    store = MapStore(plan, MapLayout(program, plan, blocks: blocks))
    var written: Set<Int> = []
    var stages: [Stage] = []
    for steps in program.stages.reversed() {
      stages.append(Stage(steps, store, plan, blocks: blocks, written: &written))
    }
    self.stages = stages.reversed()
    input = store.activation(0)
    logits = store.activation(plan.lastMap)
    logitsGradient = trains ? store.gradient(plan.lastMap) : nil
    inputGradient = makesInputGradient ? store.gradient(0) : nil
    gradients = GradientPartials(
      count: trains ? network.parameters.count : 0, partials: trains ? partials : 0)
  }

  /// Runs the layers on `input` and returns the logits.
  /// - Throws: what the sums over ranks throw.
  package func forward(
    _ run: BlockRun, mode: Pass.Mode, draw: Draw = .none, sums: any BlockSum,
    timeline: Timeline? = nil
  ) throws -> LaneBlocks {
    let pass = pass(run, mode, draw, sums, timeline) { _, _ in }
    for stage in stages { try stage.forward(pass) }
    return logits
  }

  /// Runs the layers backwards from `logitsGradient`. `completed` is called with places in the compact
  /// parameters whose partial gradients are then final, about from the last to the first.
  /// - Throws: what the sums over ranks or `completed` throw.
  package func backward(
    _ run: BlockRun, sums: any BlockSum, timeline: Timeline? = nil,
    completed: @escaping GradientsCompleted
  ) throws {
    let pass = pass(run, .training, .none, sums, timeline, completed)
    for stage in stages.reversed() { try stage.backward(pass) }
  }

  /// Shows `observer` the activations that pruning wants to know, after `forward`.
  package func observe(_ observer: (Observation) -> Void) {
    for step in program.stages.joined() {
      if let layer = step.layer as? WeightedLayer {
        observer(observation(.inputs(group: layer.group), step.input))
      } else if let layer = step.layer as? BatchNormalisation, let shortcut = layer.shortcut {
        let input = store.activation(step.input)
        observer(
          Observation(.body(group: shortcut.group), layer.outputShape) { block in
            (layer.normalised(input, block: block), 0)
          })
        if let addend = step.addend {
          observer(observation(.shortcut(group: shortcut.group), addend))
        }
      }
    }
  }

  /// Maps that are not kept are computed again.
  private func observation(_ kind: Observation.Kind, _ map: Int) -> Observation {
    guard plan.isRecomputed(map),
      let writer = program.stages.joined().last(where: { $0.output == map }),
      let layer = writer.layer as? BatchNormalisation
    else { return Observation(kind, store.activation(map)) }
    let input = store.activation(writer.input)
    return Observation(kind, program.shapes[map]) { block in
      (layer.normalised(input, block: block, rectified: true), 0)
    }
  }

  /// The lists that the layers of each group run over.
  package var lists: [(group: Int, indices: [IndexBuffer])] {
    program.stages.joined().compactMap { $0.layer as? WeightedLayer }.map {
      ($0.group, $0.products.indices)
    }
  }

  /// The first layer whose output is not finite after `forward`, with its place in the order of layers;
  /// nil where all are.
  package func firstNotFinite(_ run: BlockRun) -> (place: Int, layer: String)? {
    let steps = program.stages.joined().filter(\.layer.computesOutput)
    for (place, step) in steps.enumerated() where !plan.isRecomputed(step.output) {
      if !store.activation(step.output).isFinite(blocks: run.count) { return (place, step.name) }
    }
    return nil
  }

  private func pass(
    _ run: BlockRun, _ mode: Pass.Mode, _ draw: Draw, _ sums: any BlockSum,
    _ timeline: Timeline?, _ completed: @escaping GradientsCompleted
  ) -> Pass {
    precondition(run.count <= input.capacity, "\(run.count) blocks in room for \(input.capacity)")
    return Pass(
      run: run, mode: mode, parameters: network.parameters, statistics: network.statistics,
      gradients: gradients, draw: draw, sums: sums, normalised: sums.scope(of: run),
      timeline: timeline, gradientsCompleted: completed)
  }
}
