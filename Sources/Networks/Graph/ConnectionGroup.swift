/// The connections of one layer among all of a network's.
///
/// They form a matrix `[unit][input + bias]` in row-major order, the bias of a unit last in its
/// row. Two kinds of group are no weights but are pruned like them: a batch norm has one connection
/// a channel, its scale and shift, and a residual block's shortcut has one a channel, without
/// parameters.
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
  /// Whether a unit's last connection is its bias.
  package let hasBias: Bool
  /// Connections of a unit; one more than inputs where it has a bias, and 1 in a batch norm or
  /// shortcut.
  package let connectionsPerUnit: Int
  /// Whether the connections are weights and biases, which is what `kept` and `total` count.
  package let isCounted: Bool
  /// Axes of the weights of a connection from an input, as in PyTorch after unit and input.
  package let weightAxes: [Int]
  /// Parameters of a connection from an input, and of a unit's connection that has none (its bias,
  /// or its scale and shift).
  package let parametersPerInput, parametersWithoutInput: Int
  /// Running numbers that a unit keeps beside its parameters: mean and variance.
  package let statisticsPerUnit: Int
  /// The first connection's place in the network's mask.
  package let offset: Int
  /// The first parameter's place in the unpruned network.
  package let parameterOffset: Int

  init(
    name: String, kind: Kind, units: Int, inputs: Int, hasBias: Bool, offset: Int,
    parameterOffset: Int
  ) {
    (self.name, self.kind, self.units, self.inputs) = (name, kind, units, inputs)
    (self.hasBias, self.offset, self.parameterOffset) = (hasBias, offset, parameterOffset)
    let facts: (isCounted: Bool, axes: [Int], withoutInput: Int, statistics: Int) =
      switch kind {
      case .dense: (true, [], 1, 0)
      case .convolution(let kernel): (true, [kernel, kernel], 1, 0)
      case .batchNorm: (false, [], 2, 2)
      case .shortcut: (false, [], 0, 0)
      }
    (isCounted, weightAxes) = (facts.isCounted, facts.axes)
    parametersPerInput = facts.axes.reduce(1, *)
    (parametersWithoutInput, statisticsPerUnit) = (facts.withoutInput, facts.statistics)
    connectionsPerUnit = isCounted && !hasBias ? inputs : inputs + 1
  }

  /// Whether its units are filters.
  package var isConvolution: Bool {
    if case .convolution = kind { true } else { false }
  }

  /// The group's connections in the network's mask.
  package var range: Range<Int> { offset..<offset + units * connectionsPerUnit }
  /// The place of the connection of `unit` from `input`; `input == inputs` is the bias.
  package func index(unit: Int, input: Int) -> Int { offset + unit * connectionsPerUnit + input }
  /// The place of the only connection of `unit`, in a batch norm or shortcut.
  package func index(unit: Int) -> Int {
    precondition(connectionsPerUnit == 1, "\(name): a unit has \(connectionsPerUnit) connections")
    return offset + unit
  }

  /// Unit and input of a connection of the group.
  package func unitAndInput(of connection: Int) -> (unit: Int, input: Int) {
    let place = connection - offset
    return (place / connectionsPerUnit, place % connectionsPerUnit)
  }

  /// Parameters of a unit's connection from `input`.
  package func parameters(input: Int) -> Int {
    input < inputs ? parametersPerInput : parametersWithoutInput
  }

  /// Parameters of a unit with all its connections.
  package var parametersPerUnit: Int {
    inputs * parametersPerInput + (connectionsPerUnit - inputs) * parametersWithoutInput
  }

  /// The places, in the unpruned network's parameters, of the connection of `unit` from `input`.
  package func parameterRange(unit: Int, input: Int) -> Range<Int> {
    let start = parameterOffset + unit * parametersPerUnit + min(input, inputs) * parametersPerInput
    return start..<start + parameters(input: input)
  }
}
