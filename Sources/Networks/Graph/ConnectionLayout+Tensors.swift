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
  /// Gives the places of its elements; networks have millions of them, and names and shapes are
  /// often all that is wanted.
  fileprivate let placing: @Sendable () -> [Place]

  /// The elements in row-major order, found anew by each call.
  package func places() -> [Place] { placing() }
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
      return [
        tensor("weight", [units]) { $0.places(inputs: 0..<1).everyOther(from: 0) },
        tensor("bias", [units]) { $0.places(inputs: 0..<1).everyOther(from: 1) },
      ]
    }
    guard isCounted else { return [] }
    let weights = tensor("weight", [units, inputs] + weightAxes) {
      $0.places(inputs: 0..<$0.inputs)
    }
    guard hasBias else { return [weights] }
    return [weights, tensor("bias", [units]) { $0.places(inputs: $0.inputs..<$0.inputs + 1) }]
  }

  private func tensor(
    _ suffix: String, _ shape: [Int],
    _ places: @escaping @Sendable (ConnectionGroup) -> [NamedTensor.Place]
  ) -> NamedTensor {
    NamedTensor(name: "\(name).\(suffix)", shape: shape) { places(self) }
  }

  private func places(inputs: Range<Int>) -> [NamedTensor.Place] {
    var places: [NamedTensor.Place] = []
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

extension Array {
  fileprivate func everyOther(from first: Int) -> [Element] {
    stride(from: first, to: count, by: 2).map { self[$0] }
  }
}
