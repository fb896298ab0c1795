/// A tensor of PyTorch's state dictionary, and where its elements lie.
package struct NamedTensor: Sendable {
  /// An element: its connection in the mask, and its parameter in the unpruned network.
  package struct Place: Sendable {
    /// Its place in the mask.
    package let connection: Int
    /// Its place in the unpruned network's parameters.
    package let parameter: Int
  }

  /// PyTorch's name.
  package let name: String
  /// PyTorch's shape, `[unit]` first.
  package let shape: [Int]
  /// The elements in row-major order.
  package let places: [Place]
}

/// Running means or variances of a batch norm.
package struct NamedStatistic: Sendable {
  /// PyTorch's name.
  package let name: String
  /// Their places in the network's statistics.
  package let range: Range<Int>
}

extension ConnectionLayout {
  /// The parameters as PyTorch's tensors.
  package var tensors: [NamedTensor] { groups.flatMap(\.tensors) }

  /// The running moments as PyTorch's tensors.
  package var statisticTensors: [NamedStatistic] {
    var start = 0
    return groups.filter { $0.statisticsPerUnit > 0 }.flatMap { group in
      defer { start += 2 * group.units }
      return [
        NamedStatistic(name: "\(group.name).running_mean", range: start..<start + group.units),
        NamedStatistic(
          name: "\(group.name).running_var", range: start + group.units..<start + 2 * group.units),
      ]
    }
  }
}

extension ConnectionGroup {
  fileprivate var tensors: [NamedTensor] {
    if !isCounted && parametersWithoutInput == 2 {
      let places = places(inputs: 0..<1)
      return [
        tensor("weight", [units], (0..<units).map { places[2 * $0] }),
        tensor("bias", [units], (0..<units).map { places[2 * $0 + 1] }),
      ]
    }
    guard isCounted else { return [] }
    let weights = tensor("weight", [units, inputs] + weightAxes, places(inputs: 0..<inputs))
    return hasBias
      ? [weights, tensor("bias", [units], places(inputs: inputs..<inputs + 1))] : [weights]
  }

  private func tensor(_ suffix: String, _ shape: [Int], _ places: [NamedTensor.Place])
    -> NamedTensor
  {
    NamedTensor(name: "\(name).\(suffix)", shape: shape, places: places)
  }

  private func places(inputs: Range<Int>) -> [NamedTensor.Place] {
    var places: [NamedTensor.Place] = []
    // Networks have millions of them.
    for unit in 0..<units {
      for input in inputs {
        let connection = index(unit: unit, input: input)
        for parameter in parameterRange(unit: unit, input: input) {
          places.append(NamedTensor.Place(connection: connection, parameter: parameter))
        }
      }
    }
    return places
  }
}
