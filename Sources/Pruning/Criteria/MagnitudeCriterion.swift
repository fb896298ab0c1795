import Networks

// Han, Pool, Tran, Dally: "Learning both weights and connections for efficient neural networks",
// NeurIPS 2015.

/// The largest weights stay; for comparison. A kernel counts by its Euclidean norm.
package struct MagnitudeCriterion: Criterion {
  package let name = "magnitude"

  /// The criterion.
  package init() {}

  /// √Σ w² over the weights of each connection.
  package func scores(of unit: Int, group index: Int, in scored: ScoredNetwork) -> [Double] {
    let group = scored.network.layout.groups[index]
    return (0..<group.connectionsPerUnit).map { input in
      scored.weights(group, unit: unit, input: input).reduce(0) {
        $0 + Double($1) * Double($1)
      }.squareRoot()
    }
  }
}
