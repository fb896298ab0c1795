import Tensors

/// The connections of one layer among all of a network's.
///
/// They form a matrix `[unit][input + bias]` in row-major order, the bias of a unit last in its row.
public struct ConnectionGroup: Sendable, Equatable {
  /// The layer's name; its tensors are `name.weight` and `name.bias`, as in PyTorch.
  public let name: String
  /// Neurons of the layer.
  public let units: Int
  /// Inputs of a neuron.
  public let inputs: Int
  /// The first connection's place in the network's mask.
  public let offset: Int

  /// Connections of a unit, its bias included.
  public var connectionsPerUnit: Int { inputs + 1 }
  /// The group's connections in the network's mask.
  public var range: Range<Int> { offset..<offset + units * connectionsPerUnit }
  /// The place of the connection of `unit` from `input`; `input == inputs` is the bias.
  public func index(unit: Int, input: Int) -> Int { offset + unit * connectionsPerUnit + input }
}

/// All connections of an architecture in canonical order: layer by layer, unit by unit, inputs
/// ascending, then the bias. Masks, and parameters of an unpruned network, have this order.
public struct ConnectionLayout: Sendable, Equatable {
  /// The layers that have connections, from input to output.
  public let groups: [ConnectionGroup]

  /// The connections of `architecture`.
  public init(_ architecture: Architecture) {
    var groups: [ConnectionGroup] = []
    var inputs = architecture.input.count
    var offset = 0
    for case .dense(let name, let neurons) in architecture.layers {
      let group = ConnectionGroup(name: name, units: neurons, inputs: inputs, offset: offset)
      groups.append(group)
      offset = group.range.upperBound
      inputs = neurons
    }
    self.groups = groups
  }

  /// All connections.
  public var count: Int { groups.last?.range.upperBound ?? 0 }
}
