import Tensors

/// All connections of an architecture in canonical order: group by group, unit by unit, inputs
/// ascending, then the bias. Masks, and parameters of an unpruned network, have this order.
package struct ConnectionLayout: Sendable, Equatable {
  /// The groups from input to output.
  package let groups: [ConnectionGroup]

  init(groups: [ConnectionGroup]) { self.groups = groups }

  /// All connections.
  package var count: Int { groups.last?.range.upperBound ?? 0 }
  /// Parameters of the unpruned network.
  package var parameterCount: Int {
    groups.last.map { $0.parameterOffset + $0.units * $0.parametersPerUnit } ?? 0
  }

  /// Weights and biases of dense layers and convolutions that `mask` keeps.
  package func keptCount(_ mask: Mask) -> Int {
    groups.filter(\.isCounted).reduce(0) { $0 + parameterCount(mask, of: $1) }
  }

  /// Parameters that `mask` keeps, batch norms' included.
  package func parameterCount(_ mask: Mask) -> Int {
    groups.reduce(0) { $0 + parameterCount(mask, of: $1) }
  }

  /// Parameters of the group at place `group` that `mask` keeps.
  package func keptCount(_ mask: Mask, group: Int) -> Int {
    parameterCount(mask, of: groups[group])
  }

  private func parameterCount(_ mask: Mask, of group: ConnectionGroup) -> Int {
    var count = 0
    for input in 0..<group.connectionsPerUnit {
      let kept = (0..<group.units).count { mask[group.index(unit: $0, input: input)] }
      count += kept * group.parameters(input: input)
    }
    return count
  }

  /// Calls `body` with each kept connection's range of parameters in the unpruned network and in
  /// the compact buffer.
  package func forEachKept(
    _ mask: Mask, _ body: (_ full: Range<Int>, _ compact: Range<Int>) -> Void
  ) {
    var next = 0
    for group in groups {
      for unit in 0..<group.units {
        for input in 0..<group.connectionsPerUnit where mask[group.index(unit: unit, input: input)]
        {
          let full = group.parameterRange(unit: unit, input: input)
          body(full, next..<next + full.count)
          next += full.count
        }
      }
    }
  }
}
