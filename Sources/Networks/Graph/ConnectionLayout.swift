import Tensors

/// The connections of one layer among all of a network's.
///
/// They form a matrix `[unit][input + bias]` in row-major order, the bias of a unit last in its row.
/// Two kinds of group are no weights but are pruned like them: a batch norm has one connection a
/// channel, its scale and shift, and a residual block's shortcut has one a channel, without parameters.
package struct ConnectionGroup: Sendable, Equatable {
  /// What the connections are.
  package enum Kind: Sendable, Equatable {
    /// Weights of neurons.
    case dense
    /// Whole kernels of `kernel` × `kernel` weights.
    case convolution(kernel: Int)
    /// Scale and shift of a channel.
    case batchNorm
    /// A channel's shortcut around a residual block.
    case shortcut
  }

  /// The layer's name; its tensors are `name.weight` and `name.bias`, as in PyTorch.
  package let name: String
  /// What the connections are.
  package let kind: Kind
  /// Neurons, filters or channels of the layer.
  package let units: Int
  /// Inputs of a unit; none of a batch norm or shortcut.
  package let inputs: Int
  /// Connections of a unit; one more than inputs where it has a bias, and 1 in a batch norm or shortcut.
  package let connectionsPerUnit: Int
  /// The first connection's place in the network's mask.
  package let offset: Int
  /// The first parameter's place in the unpruned network.
  package let parameterOffset: Int

  init(
    name: String, kind: Kind, units: Int, inputs: Int, connectionsPerUnit: Int, offset: Int,
    parameterOffset: Int
  ) {
    (self.name, self.kind, self.units, self.inputs) = (name, kind, units, inputs)
    self.connectionsPerUnit = connectionsPerUnit
    (self.offset, self.parameterOffset) = (offset, parameterOffset)
  }

  /// Whether the connections are weights and biases, which is what `kept` and `total` count.
  package var isCounted: Bool { kind != .batchNorm && kind != .shortcut }
  /// Whether a unit's last connection is its bias.
  package var hasBias: Bool { isCounted && connectionsPerUnit > inputs }
  /// The group's connections in the network's mask.
  package var range: Range<Int> { offset..<offset + units * connectionsPerUnit }
  /// The place of the connection of `unit` from `input`; `input == inputs` is the bias.
  package func index(unit: Int, input: Int) -> Int { offset + unit * connectionsPerUnit + input }

  /// Parameters of a unit's connection from `input`.
  package func parameters(input: Int) -> Int {
    switch kind {
    case .dense: 1
    case .convolution(let kernel): input < inputs ? kernel * kernel : 1
    case .batchNorm: 2
    case .shortcut: 0
    }
  }

  /// Parameters of a unit with all its connections.
  package var parametersPerUnit: Int {
    inputs * parameters(input: 0)
      + (connectionsPerUnit - inputs) * parameters(input: inputs)
  }

  /// The places, in the unpruned network's parameters, of the connection of `unit` from `input`.
  package func parameterRange(unit: Int, input: Int) -> Range<Int> {
    let start =
      parameterOffset + unit * parametersPerUnit + min(input, inputs) * parameters(input: 0)
    return start..<start + parameters(input: input)
  }
}

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
    groups.filter(\.isCounted).reduce(0) { $0 + parameterCount(mask, of: $1, isCounted: true) }
  }

  /// Parameters that `mask` keeps, batch norms' included.
  package func parameterCount(_ mask: Mask) -> Int {
    groups.reduce(0) { $0 + parameterCount(mask, of: $1, isCounted: false) }
  }

  private func parameterCount(_ mask: Mask, of group: ConnectionGroup, isCounted: Bool) -> Int {
    var count = 0
    for input in 0..<group.connectionsPerUnit {
      let kept = (0..<group.units).count { mask[group.index(unit: $0, input: input)] }
      count += kept * group.parameters(input: input)
    }
    return count
  }

  /// Calls `body` with each kept connection's range of parameters in the unpruned network and in the
  /// compact buffer.
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
