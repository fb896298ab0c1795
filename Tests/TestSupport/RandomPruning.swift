import Networks
import Tensors

/// What is taken from a network at random.
package enum RandomPruning: String, CaseIterable, Sendable {
  case none, some, most, nearlyAll
  /// Units that keep their bias or batch norm alone, so that they are constant, or nothing.
  case units

  private var kept: Double {
    switch self {
    case .none: 1
    case .some: 0.7
    case .most: 0.2
    case .nearlyAll: 0.03
    case .units: 0.9
    }
  }

  private func mask(_ layout: ConnectionLayout, using random: inout SeededRandom) -> Mask {
    var mask = Mask(count: layout.count)
    for connection in 0..<mask.count where Double.random(in: 0..<1, using: &random) >= kept {
      mask[connection] = false
    }
    guard self == .units else { return mask }
    for group in layout.groups where group.inputs > 0 {
      for unit in 0..<group.units where Bool.random(using: &random) {
        for input in 0..<group.inputs { mask[group.index(unit: unit, input: input)] = false }
      }
    }
    return mask
  }

  /// What is left of a network of `architecture` with random parameters and running moments.
  package func network(
    _ architecture: Architecture, kernels: KernelSet, using random: inout SeededRandom
  ) -> Network {
    let graph = Graph(architecture)
    let full = Network.unpruned(
      graph, seed: Int.random(in: 0..<1000, using: &random), kernels: kernels)
    for index in 0..<full.parameters.count {
      full.parameters[index] += Float.random(in: -0.2...0.2, using: &random)
    }
    for index in 0..<full.statistics.count {
      full.statistics[index] = Float.random(in: 0.2...2, using: &random)
    }
    return full.compacted(to: mask(graph.layout, using: &random))
  }
}
