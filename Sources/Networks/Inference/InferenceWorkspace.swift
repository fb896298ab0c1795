import Tensors

/// Runs a network forward, as evaluation does. Only maps that are needed at the same time have
/// memory of their own, and nothing serves a backward pass. Everything is allocated once, and no
/// kernel of training is within reach.
package final class InferenceWorkspace {
  /// What it runs.
  package let graph: InferenceGraph
  /// The images.
  package let input: LaneBlocks
  /// What the last operation put out, after `forward`.
  package let logits: LaneBlocks
  /// Bytes of all maps.
  package let mapBytes: Int
  private let sections: [(operations: [BoundOperation], takesWholeShare: Bool)]

  /// An operation with its maps.
  private struct BoundOperation {
    let runner: any InferenceRunner
    let inputs: [BoundMap]
    let output: BoundMap
  }

  /// A map with room for a whole share or for one block.
  private struct BoundMap {
    let maps: LaneBlocks
    private let windows: [LaneBlocks]

    init(_ maps: LaneBlocks) {
      self.maps = maps
      windows =
        maps.capacity == 1 ? [maps] : (0..<maps.capacity).map { LaneBlocks(maps, block: $0) }
    }

    func block(_ block: Int) -> LaneBlocks { windows.count == 1 ? windows[0] : windows[block] }
  }

  /// Room for up to `blocks` lane blocks of what `network` is worth in evaluation, simplified.
  package convenience init(_ network: Network, blocks: Int) {
    self.init(InferenceGraph(network), blocks: blocks, kernels: network.kernels)
  }

  /// Room for up to `blocks` lane blocks.
  package init(_ graph: InferenceGraph, blocks: Int, kernels: KernelSet) {
    let plan = InferenceMaps(graph, blocks: blocks)
    let kernels = kernels.forInference
    let places = plan.places.map {
      BoundMap(LaneBlocks(shape: $0.shape, halo: $0.halo, capacity: $0.capacity))
    }
    let scratch = ScratchMemory()
    func map(_ number: Int) -> BoundMap {
      guard let place = plan.placeOfMap[number] else { preconditionFailure("map \(number)") }
      return places[place]
    }
    self.graph = graph
    sections = plan.sections.map { section in
      let operations = graph.operations[section.operations].map { operation in
        BoundOperation(
          runner: operation.runner(kernels, scratch), inputs: operation.inputs.map(map),
          output: map(operation.output))
      }
      return (operations, section.takesWholeShare)
    }
    (input, logits, mapBytes) = (map(0).maps, map(graph.logits).maps, plan.bytes)
  }

  /// Runs all operations on the first `blocks` lane blocks of `input` and returns the logits.
  package func forward(blocks: Int) -> LaneBlocks {
    precondition(blocks <= input.capacity, "\(blocks) blocks in room for \(input.capacity)")
    for section in sections {
      if section.takesWholeShare {
        for operation in section.operations {
          operation.runner.run(
            operation.inputs.map(\.maps), into: operation.output.maps, blocks: blocks)
        }
      } else {
        for block in 0..<blocks {
          for operation in section.operations {
            operation.runner.run(
              operation.inputs.map { $0.block(block) }, into: operation.output.block(block),
              blocks: 1)
          }
        }
      }
    }
    return logits
  }
}

extension InferenceGraph {
  /// What `network` is in evaluation, with all of its units.
  package init(whole network: Network) { self = InferenceBuilder.graph(of: network) }

  /// What `network` is in evaluation, simplified.
  package init(_ network: Network) {
    let kernels = network.kernels
    self = InferenceBuilder.graph(of: network).simplified { activation, value in
      let number = LaneBlocks(shape: FeatureShape(channels: 1), capacity: 1)
      number[0, 0, 0] = value
      ActivationRunner(activation, kernels: kernels).run([number], into: number, blocks: 1)
      return number[0, 0, 0]
    }
  }
}
