import Tensors

/// The layers of a network in the order they run, over numbered maps; map 0 is the input.
///
/// Between two points where all ranks must meet (the moments of a batch norm) lies a *stage*: within it
/// one lane block goes through all layers before the next, so that what one layer leaves in the cache
/// serves the next.
struct Program {
  /// A layer, the maps it reads and the map it writes (or is to write: see `Layer.computesOutput`).
  struct Step {
    let name: String
    let layer: any Layer
    let input: Int
    let addend: Int?
    let output: Int

    /// The maps its backward pass makes gradients of.
    var gradients: [Int] {
      layer.computesInputGradient && input != output ? [addend, input].compactMap { $0 } : []
    }
  }

  /// Steps by stage.
  private(set) var stages: [[Step]] = []
  /// The shape of every map.
  private(set) var shapes: [FeatureShape]

  /// No steps yet on inputs of `input`.
  init(input: FeatureShape) { shapes = [input] }

  /// What the last layer puts out.
  var lastMap: Int { stages.last?.last?.output ?? 0 }

  /// Appends a layer and returns the number of its output.
  mutating func append(
    _ layer: any Layer, named name: String, input: Int, addend: Int? = nil, output: Int? = nil
  )
    -> Int
  {
    let output = output ?? (layer.worksInPlace ? input : newMap(layer.outputShape))
    let step = Step(name: name, layer: layer, input: input, addend: addend, output: output)
    if let last = stages.last, !last.contains(where: { isCut(from: $0, by: step) }) {
      stages[stages.count - 1].append(step)
    } else {
      stages.append([step])
    }
    return output
  }

  /// Numbers a map that is written later.
  mutating func newMap(_ shape: FeatureShape) -> Int {
    shapes.append(shape)
    return shapes.count - 1
  }

  /// A batch is normalised when its moments are known; and layers that want a run as a whole do not mix
  /// with those that want it block by block.
  private func isCut(from previous: Step, by step: Step) -> Bool {
    let waits = !previous.layer.computesOutput && previous.output == step.output
    let (before, now) = (previous.layer.takesWholeRun, step.layer.takesWholeRun)
    return waits || (before != nil && now != nil && before != now)
  }
}
