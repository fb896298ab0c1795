import Tensors

extension Network {
  /// Fresh parameters: weights Kaiming-normal, N(0, 2 / fan-in) (He et al., 2015), biases
  /// U(−1/√fan-in, 1/√fan-in), from counter-based random numbers of `seed`.
  public static func initialParameters(_ architecture: Architecture, seed: Int) -> FloatBuffer {
    let layout = ConnectionLayout(architecture)
    let parameters = FloatBuffer(count: layout.count)
    for (layer, group) in layout.groups.enumerated() {
      let random = CounterRandom(seed: seed, purpose: .initialWeights, layer: layer)
      let deviation = (2 / Double(group.inputs)).squareRoot()
      let bound = 1 / Double(group.inputs).squareRoot()
      for unit in 0..<group.units {
        for input in 0..<group.inputs {
          let index = group.index(unit: unit, input: input)
          parameters[index] = Float(deviation * random.normal(index - group.offset))
        }
        let bias = group.index(unit: unit, input: group.inputs)
        parameters[bias] = Float(bound * (2 * random.uniform(bias - group.offset) - 1))
      }
    }
    return parameters
  }

  /// Multiply-adds of one image's forward pass over the surviving connections, times 2; biases are
  /// additions and not counted.
  public var forwardOperations: [Int] {
    connectivities.map { connectivity in
      (0..<connectivity.units).reduce(0) { sum, unit in
        sum
          + connectivity.positions(of: unit).count {
            connectivity.input(at: $0) < connectivity.connectionsPerUnit - 1
          }
      } * 2
    }
  }
}
