extension Network {
  /// For each group of connections the floating-point operations of one image's forward pass over
  /// its surviving connections: multiply-adds on real pixels, times 2. Biases are additions and not
  /// counted.
  package var forwardOperations: [Int] {
    let shapes = Dictionary(
      uniqueKeysWithValues: graph.convolutions.map { ($0.group, $0.shape) })
    return layout.groups.indices.map { index in
      let group = layout.groups[index]
      let weights = (0..<group.units).reduce(0) { sum, unit in
        sum + (0..<group.inputs).count { mask[group.index(unit: unit, input: $0)] }
      }
      return 2 * weights * (shapes[index]?.realPairs ?? 1)
    }
  }

  /// Floating-point operations of one image's step over the surviving connections: forward, weight
  /// gradient, and data gradient but for the first layer.
  package var stepOperations: Int {
    let forward = forwardOperations
    return 3 * forward.reduce(0, +) - (forward.first ?? 0)
  }
}
