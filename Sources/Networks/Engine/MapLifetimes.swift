/// When the maps of a program are needed: which of them for a whole share, which only for a lane
/// block, and which may lie in the same memory because they are never needed at the same time.
///
/// Time runs over the stages forward, then backward: of `n` stages, stage s is at time s and again
/// at 2 n − 1 − s. Within a stage blocks are at work in turn, so maps of one stage never share
/// memory.
struct MapLifetimes {
  /// That of activations or gradients of one map of the program.
  struct Lifetime {
    /// First and last time they are needed.
    let times: ClosedRange<Int>
    /// Whether every block of a share is kept.
    let isWhole: Bool
  }

  private let program: Program
  private let trains: Bool
  /// Maps whose gradients are needed as a whole when a pass is over.
  private let wholeGradients: [Int]
  private let stageCount: Int
  /// Zeros around each map.
  private(set) var halos: [Int]
  /// For each map the one in whose place its gradient lies.
  private(set) var gradientPlaces: [Int]

  /// Those in training (or in forward passes alone), perhaps with the gradient of the input.
  init(_ program: Program, trains: Bool, makesInputGradient: Bool) {
    self.program = program
    self.trains = trains
    self.wholeGradients = (makesInputGradient ? [0] : []) + [program.lastMap]
    self.stageCount = program.stages.count
    halos = [Int](repeating: 0, count: program.shapes.count)
    gradientPlaces = Array(program.shapes.indices)
    for operation in program.operations {
      let (runner, output) = (operation.runner, operation.output)
      if runner.computesOutput {
        halos[operation.input] = max(halos[operation.input], runner.inputHalo)
        halos[output] = max(halos[output], runner.gradientHalo)
      }
      if runner.inputSharesGradient { gradientPlaces[operation.input] = gradientPlaces[output] }
      if let addend = operation.addend, runner.addendSharesGradient {
        gradientPlaces[addend] = gradientPlaces[output]
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
    let writers = program.operations.filter { $0.output == map && $0.runner.computesOutput }
    guard writers.count == 1, let writer = writers.first, writer.runner.isRecomputed else {
      return false
    }
    return map != lastMap && stages(touching: map).count == 1
  }

  /// What the last layer puts out.
  var lastMap: Int { program.lastMap }

  /// When and how the activations of `map` are needed.
  func activation(_ map: Int) -> Lifetime {
    let stages = stages(touching: map)
    let first = stages.first ?? 0
    guard !isRecomputed(map) else {
      let end = trains ? 2 * stageCount - 1 - first : first
      return Lifetime(times: first...end, isWhole: false)
    }
    return Lifetime(times: 0...2 * stageCount, isWhole: true)
  }

  /// When and how the gradients at `place` are needed; nil if nobody needs them.
  func gradient(at place: Int) -> Lifetime? {
    guard trains else { return nil }
    let touching = program.stages.indices.filter { stage in
      program.stages[stage].contains { operation in
        ([operation.output] + operation.gradients).contains { gradientPlaces[$0] == place }
      }
    }
    let isWanted = wholeGradients.contains { gradientPlaces[$0] == place }
    guard place != 0 || isWanted, let first = touching.first, let last = touching.last else {
      return nil
    }
    let isLast = gradientPlaces[lastMap] == place
    return Lifetime(
      times: (isLast ? stageCount - 1 : 2 * stageCount - 1 - last)...2 * stageCount - 1 - first,
      isWhole: isWanted || first != last)
  }

  private func stages(touching map: Int) -> [Int] {
    program.stages.indices.filter { stage in
      program.stages[stage].contains { operation in
        operation.input == map || operation.addend == map
          || (operation.runner.computesOutput && operation.output == map)
      }
    }
  }
}
