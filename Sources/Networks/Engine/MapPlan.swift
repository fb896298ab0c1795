/// Which maps of a program are kept for a whole run, which only for a lane block, and which may lie in
/// the same memory because they are never needed at the same time.
///
/// Time runs over the stages forward, then backward: of `n` stages, stage s is at time s and again at
/// 2 n − 1 − s. Within a stage blocks are at work in turn, so maps of one stage never share memory.
struct MapPlan {
  /// Activations or gradients of one map of the program.
  struct Use {
    /// First and last time they are needed.
    var times: ClosedRange<Int>
    /// Whether every block of a run is kept.
    var isWhole: Bool
  }

  private let program: Program
  private let trains: Bool
  /// Maps whose gradients are needed as a whole when a pass is over.
  private let wholeGradients: [Int]
  private let stageCount: Int
  /// Zeros around each map.
  private(set) var halos: [Int]
  /// The map whose gradient lies where another's does.
  private(set) var gradientPlaces: [Int]

  /// A plan for training (or for forward passes alone), and perhaps for the gradient of the input.
  init(_ program: Program, trains: Bool, makesInputGradient: Bool) {
    self.program = program
    self.trains = trains
    self.wholeGradients = (makesInputGradient ? [0] : []) + [program.lastMap]
    self.stageCount = program.stages.count
    halos = [Int](repeating: 0, count: program.shapes.count)
    gradientPlaces = Array(program.shapes.indices)
    for step in program.stages.joined() {
      if step.layer.computesOutput {
        halos[step.input] = max(halos[step.input], step.layer.inputHalo)
        halos[step.output] = max(halos[step.output], step.layer.gradientHalo)
      } else if let addend = step.addend, step.sharesGradient {
        gradientPlaces[addend] = gradientPlaces[step.output]
      }
    }
    joinPlaces()
  }

  /// Chains of shortcuts share one place; its halo is the widest.
  private mutating func joinPlaces() {
    for map in gradientPlaces.indices.reversed() {
      gradientPlaces[map] = gradientPlaces[gradientPlaces[map]]
      let place = gradientPlaces[map]
      halos[place] = max(halos[place], halos[map])
    }
    for map in gradientPlaces.indices where gradientPlaces[map] != map {
      halos[map] = halos[gradientPlaces[map]]
    }
  }

  /// The maps that are recomputed in the backward pass.
  func isRecomputed(_ map: Int) -> Bool {
    let writers = program.stages.joined().filter { $0.output == map && $0.layer.computesOutput }
    guard writers.count == 1, let writer = writers.first, writer.layer.isRecomputed else {
      return false
    }
    return map != lastMap && stages(touching: map).count == 1
  }

  /// What the last layer puts out.
  var lastMap: Int { program.lastMap }

  /// When and how the activations of `map` are needed.
  func activation(_ map: Int) -> Use {
    let stages = stages(touching: map)
    let first = stages.first ?? 0
    guard !isRecomputed(map) else {
      let end = trains ? 2 * stageCount - 1 - first : first
      return Use(times: first...end, isWhole: false)
    }
    return Use(times: 0...2 * stageCount, isWhole: true)
  }

  /// When and how the gradients at `place` are needed; nil if nobody does.
  func gradient(at place: Int) -> Use? {
    guard trains else { return nil }
    let touching = program.stages.indices.filter { stage in
      program.stages[stage].contains { step in
        ([step.output] + step.gradients).contains { gradientPlaces[$0] == place }
      }
    }
    let isWanted = wholeGradients.contains { gradientPlaces[$0] == place }
    guard place != 0 || isWanted, let first = touching.first, let last = touching.last else {
      return nil
    }
    let isLast = gradientPlaces[lastMap] == place
    return Use(
      times: (isLast ? stageCount - 1 : 2 * stageCount - 1 - last)...2 * stageCount - 1 - first,
      isWhole: isWanted || first != last)
  }

  private func stages(touching map: Int) -> [Int] {
    program.stages.indices.filter { stage in
      program.stages[stage].contains { step in
        step.input == map || step.addend == map || (step.layer.computesOutput && step.output == map)
      }
    }
  }
}

extension Program.Step {
  /// Whether the gradient of the addend takes the place of the output's.
  fileprivate var sharesGradient: Bool {
    (layer as? BatchMoments)?.shortcut?.isIdentity ?? false
  }
}
