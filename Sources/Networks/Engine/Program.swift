import Tensors

/// The runners of a network in the order they run, over numbered maps; map 0 is the input.
///
/// Between two points where all ranks must meet (the moments of a batch norm) lies a *stage*:
/// within it one lane block goes through all runners before the next, so that what one leaves in
/// the cache serves the next.
struct Program {
  /// A runner, the maps it reads and the map it writes (or is to write: see
  /// `Runner.computesOutput`).
  struct Operation {
    let name: String
    let runner: any Runner
    let input: Int
    var addend: Int?
    let output: Int

    /// The maps its backward pass makes gradients of.
    var gradients: [Int] {
      runner.computesInputGradient && input != output ? [addend, input].compactMap { $0 } : []
    }
  }

  /// Operations by stage.
  private(set) var stages: [[Operation]] = []
  /// The shape of every map.
  private(set) var shapes: [FeatureShape]

  /// No operations yet on inputs of `input`.
  init(input: FeatureShape) { shapes = [input] }

  /// All of them.
  var operations: FlattenSequence<[[Operation]]> { stages.joined() }
  /// What the last runner puts out.
  var lastMap: Int { stages.last?.last?.output ?? 0 }

  /// Appends a runner and returns the number of its output.
  mutating func append(
    _ runner: any Runner, named name: String, input: Int, addend: Int? = nil, output: Int? = nil
  ) -> Int {
    let output = output ?? (runner.worksInPlace ? input : newMap(runner.outputShape))
    let operation = Operation(
      name: name, runner: runner, input: input, addend: addend, output: output)
    if let last = stages.last, !last.contains(where: { isCut(from: $0, by: operation) }) {
      stages[stages.count - 1].append(operation)
    } else {
      stages.append([operation])
    }
    return output
  }

  /// Numbers a map that is written later.
  mutating func newMap(_ shape: FeatureShape) -> Int {
    shapes.append(shape)
    return shapes.count - 1
  }

  /// Lets the operations that write `map` add `addend`.
  mutating func add(_ addend: Int, to map: Int) {
    for stage in stages.indices {
      for index in stages[stage].indices where stages[stage][index].output == map {
        stages[stage][index].addend = addend
      }
    }
  }

  /// A batch is normalised when its moments are known; and runners that want a share as a whole do
  /// not mix with those that want it block by block.
  private func isCut(from previous: Operation, by operation: Operation) -> Bool {
    let waits = !previous.runner.computesOutput && previous.output == operation.output
    let (before, now) = (previous.runner.takesWholeShare, operation.runner.takesWholeShare)
    return waits || (before != nil && now != nil && before != now)
  }
}
