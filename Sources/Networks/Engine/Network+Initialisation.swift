import Tensors

extension Network {
  /// Fresh parameters: weights Kaiming-normal, N(0, 2 / fan-in) (He et al., 2015), biases
  /// U(−1/√fan-in, 1/√fan-in), scales 1 and shifts 0, from counter-based random numbers of `seed`.
  package static func initialParameters(_ architecture: Architecture, seed: Int) -> FloatBuffer {
    let layout = ConnectionLayout(architecture)
    let parameters = FloatBuffer(count: layout.parameterCount, for: "parameters")
    for (layer, group) in layout.groups.enumerated() {
      if group.isCounted {
        fill(
          parameters, group,
          CounterRandom(seed: seed, purpose: .initialWeights, layer: layer))
      } else if group.parametersWithoutInput > 0 {
        for channel in 0..<group.units {
          parameters[group.parameterRange(unit: channel, input: 0).lowerBound] = 1
        }
      }
    }
    return parameters
  }

  private static func fill(
    _ parameters: FloatBuffer, _ group: ConnectionGroup, _ random: CounterRandom
  ) {
    let fanIn = Double(group.inputs * group.parametersPerInput)
    let deviation = (2 / fanIn).squareRoot()
    let bound = 1 / fanIn.squareRoot()
    for unit in 0..<group.units {
      for input in 0..<group.connectionsPerUnit {
        for place in group.parameterRange(unit: unit, input: input) {
          let element = place - group.parameterOffset
          parameters[place] = Float(
            input < group.inputs
              ? deviation * random.normal(element) : bound * (2 * random.uniform(element) - 1))
        }
      }
    }
  }
}
