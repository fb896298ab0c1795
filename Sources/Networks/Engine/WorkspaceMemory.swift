import Tensors

/// What a workspace takes of memory, in bytes, without one being made.
package struct WorkspaceMemory: Sendable, Equatable {
  /// Activations and their gradients, with halos, and what dropouts multiply them with.
  package private(set) var maps = 0
  /// What products work in, one layer after the other.
  package private(set) var scratch = 0
  /// Weight gradients: a partial a subtree, and the sums under way of layers that take block by block.
  package private(set) var gradients = 0
  /// The lists of surviving connections.
  package private(set) var lists = 0
  /// How many activities pruning observes, which are no memory of the workspace's.
  package private(set) var activities = 0

  /// That of a workspace of `network` that trains runs of up to `blocks` lane blocks in up to `partials`
  /// subtrees.
  package init(_ network: Network, blocks: Int, partials: Int) {
    let program = network.makeProgram()
    let layout = MapLayout(
      program, MapPlan(program, trains: true, makesInputGradient: false), blocks: blocks)
    maps = layout.places.reduce(0) { $0 + $1.bytes }
    gradients = max(partials, 1) * network.parameters.count * Self.float
    let ranges = network.parameterRanges
    // Sums under way lie on a stack, at most one for each bit of the number of blocks.
    let depth = blocks > 1 ? Int.bitWidth - blocks.leadingZeroBitCount : 0
    for step in program.stages.joined() {
      if let layer = step.layer as? Dropout {
        maps += blocks * layer.outputShape.count * LaneBlocks.lanes * Self.float
      } else if let layer = step.layer as? WeightedLayer {
        if layer.takesWholeRun == false {
          gradients += depth * ranges[layer.group].count * Self.float
        }
        scratch = max(scratch, layer.products.scratchCount(blocks: blocks) * Self.float)
        lists += Self.lists(network, group: layer.group, parameters: ranges[layer.group].count)
        activities += program.shapes[step.input].count
      } else if let layer = step.layer as? BatchNormalisation, layer.shortcut != nil {
        activities += layer.outputShape.count + (step.addend.map { program.shapes[$0].count } ?? 0)
      }
    }
  }

  private static let float = MemoryLayout<Float>.stride

  /// A dense connection is in a list of inputs and in one of outputs with its position; a kernel in both
  /// with its position.
  private static func lists(_ network: Network, group: Int, parameters: Int) -> Int {
    switch network.layout.groups[group].kind {
    case .dense: 3 * parameters * MemoryLayout<UInt32>.stride
    case .convolution(let kernel):
      4 * parameters / (kernel * kernel) * MemoryLayout<UInt32>.stride
    case .batchNorm, .shortcut: 0
    }
  }
}

extension MapLayout.Place {
  fileprivate var bytes: Int {
    LaneBlocks.count(shape: shape, halo: halo, capacity: capacity) * MemoryLayout<Float>.stride
  }
}
