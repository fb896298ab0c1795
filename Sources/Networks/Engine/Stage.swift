import Tensors

/// Consecutive layers through which lane blocks go one by one (or, where layers want it so, all at
/// once).
final class Stage {
  /// A layer with the maps of each call: one for each block, or one for the run.
  private struct BoundStep {
    let name: String
    let layer: any Layer
    let maps: [LayerMaps]
    let isRecomputed: Bool
  }

  private let steps: [BoundStep]
  private let takesWholeRun: Bool

  /// Whether a stage of these steps takes a run as a whole.
  static func takesWholeRun(_ steps: [Program.Step]) -> Bool {
    steps.lazy.compactMap(\.layer.takesWholeRun).first ?? false
  }

  /// A stage over the maps in `store`; `written` are the maps whose gradient a later stage has begun.
  init(
    _ steps: [Program.Step], _ store: MapStore, _ plan: MapPlan, blocks: Int,
    written: inout Set<Int>
  ) {
    takesWholeRun = Self.takesWholeRun(steps)
    var bound: [BoundStep] = []
    for step in steps.reversed() {
      let adds = written.contains(plan.gradientPlaces[step.input])
      for map in [step.output] + step.gradients { written.insert(plan.gradientPlaces[map]) }
      let calls: [Int?] = takesWholeRun ? [nil] : (0..<blocks).map { $0 }
      bound.append(
        BoundStep(
          name: step.name, layer: step.layer,
          maps: calls.map { store.maps(step, block: $0, adds: adds) },
          isRecomputed: plan.isRecomputed(step.output) && step.layer.computesOutput))
    }
    self.steps = bound.reversed()
  }

  /// - Throws: what the sums over ranks throw.
  func forward(_ pass: Pass) throws {
    forEachCall(pass.run) { call, blocks in
      for step in steps {
        pass.timeline.measure(step.name, "forward") {
          step.layer.forward(pass, blocks, step.maps[call])
        }
      }
    }
    for step in steps { try step.layer.finishForward(pass) }
  }

  /// - Throws: what the sums over ranks, or the exchange of what is completed, throw.
  func backward(_ pass: Pass) throws {
    forEachCall(pass.run) { call, blocks in
      for step in steps where step.isRecomputed {
        pass.timeline.measure(step.name, "forward") { step.layer.recompute(step.maps[call]) }
      }
      for step in steps.reversed() {
        pass.timeline.measure(step.name, "backward") {
          step.layer.backward(pass, blocks, step.maps[call])
        }
      }
    }
    for step in steps.reversed() { try step.layer.finishBackward(pass) }
  }

  private func forEachCall(_ run: BlockRun, _ body: (_ call: Int, _ blocks: Range<Int>) -> Void) {
    if run.count == 0 { return }
    if takesWholeRun { return body(0, 0..<run.count) }
    for block in 0..<run.count { body(block, block..<block + 1) }
  }
}

extension MapStore {
  fileprivate func maps(_ step: Program.Step, block: Int?, adds: Bool) -> LayerMaps {
    LayerMaps(
      input: activation(step.input, block: block), output: activation(step.output, block: block),
      addend: step.addend.map { activation($0, block: block) },
      outputGradient: gradient(step.output, block: block),
      inputGradient: gradient(step.input, block: block), addsGradient: adds,
      addendGradient: step.addend.flatMap { gradient($0, block: block) })
  }
}
