import Tensors

/// The distributions that fresh weights are drawn from; fan-in and fan-out are the weights that a
/// unit reads by and an input is read by.
package enum Initialisation: String, Sendable, CaseIterable {
  /// N(0, 2 / fan-in). (He, Zhang, Ren, Sun: "Delving deep into rectifiers", ICCV 2015.)
  case kaiming
  /// Uniform of the same variance, U(−√(6 / fan-in), √(6 / fan-in)).
  case kaimingUniform = "kaiming-uniform"
  /// U(−√(6 / (fan-in + fan-out)), √(6 / (fan-in + fan-out))). (Glorot, Bengio: "Understanding the
  /// difficulty of training deep feedforward neural networks", AISTATS 2010.)
  case xavier
}

extension Network {
  /// Fresh parameters: weights as `initialisation` says, biases U(−1/√fan-in, 1/√fan-in), scales 1
  /// and shifts 0, from counter-based random numbers of `seed`.
  package static func initialParameters(
    _ architecture: Architecture, seed: Int, by initialisation: Initialisation = .kaiming
  ) -> FloatBuffer {
    let layout = ConnectionLayout(architecture)
    let parameters = FloatBuffer(count: layout.parameterCount, for: "parameters")
    for (layer, group) in layout.groups.enumerated() {
      if group.isCounted {
        let random = CounterRandom(seed: seed, purpose: .initialWeights, layer: layer)
        fill(parameters, group, weights: initialisation.weight(of: group, random), random)
      } else if group.parametersWithoutInput > 0 {
        for channel in 0..<group.units {
          parameters[group.parameterRange(unit: channel, input: 0).lowerBound] = 1
        }
      }
    }
    return parameters
  }

  private static func fill(
    _ parameters: FloatBuffer, _ group: ConnectionGroup, weights: (_ element: Int) -> Double,
    _ random: CounterRandom
  ) {
    let bound = 1 / Double(group.inputs * group.parametersPerInput).squareRoot()
    for unit in 0..<group.units {
      for input in 0..<group.connectionsPerUnit {
        for place in group.parameterRange(unit: unit, input: input) {
          let element = place - group.parameterOffset
          parameters[place] = Float(
            input < group.inputs
              ? weights(element) : bound * (2 * random.uniform(element) - 1))
        }
      }
    }
  }
}

extension Initialisation {
  /// What draws the weights of `group`.
  fileprivate func weight(
    of group: ConnectionGroup, _ random: CounterRandom
  ) -> (_ element: Int) -> Double {
    let fanIn = Double(group.inputs * group.parametersPerInput)
    let fanOut = Double(group.units * group.parametersPerInput)
    switch self {
    case .kaiming:
      let deviation = (2 / fanIn).squareRoot()
      return { deviation * random.normal($0) }
    case .kaimingUniform: return uniform(within: (6 / fanIn).squareRoot(), random)
    case .xavier: return uniform(within: (6 / (fanIn + fanOut)).squareRoot(), random)
    }
  }

  private func uniform(
    within bound: Double, _ random: CounterRandom
  ) -> (_ element: Int) -> Double {
    { bound * (2 * random.uniform($0) - 1) }
  }
}
