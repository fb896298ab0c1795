import Tensors

/// What a workspace takes of memory, in bytes, without one being made.
package struct WorkspaceMemory: Sendable, Equatable {
  /// Activations and their gradients, with halos, and what dropouts multiply them with.
  package var maps = 0
  /// What products work in, one layer after the other.
  package var scratch = 0
  /// Weight gradients: a partial a subtree, and the sums under way of layers that take block by
  /// block.
  package var gradients = 0
  /// The lists of surviving connections.
  package var lists = 0

  /// None.
  init() {}

  /// That of a workspace of `network` that trains shares of up to `blocks` lane blocks in up to
  /// `partials` subtrees.
  package init(_ network: Network, blocks: Int, partials: Int) {
    let program = ProgramBuilder.program(of: network)
    maps = MapMemory(program, blocks: blocks, trains: true).bytes
    gradients = max(partials, 1) * network.parameters.count * MemoryLayout<Float>.stride
    for operation in program.operations {
      let own = operation.runner.memory(blocks: blocks)
      maps += own.maps
      scratch = max(scratch, own.scratch)
      gradients += own.gradients
      lists += own.lists
    }
  }
}
