import Networks

// Molchanov, Tyree, Karras, Aila, Kautz: "Pruning convolutional neural networks for resource
// efficient inference", ICLR 2017, section 2.2.
//
// Deviation: theirs takes whole maps, by their activations and the gradients of these; this one
// takes connections, by their weights.

/// By how much the loss over the pruning set would change without a connection, to first order, of
/// the network in evaluation mode: |Σ_n Σ w ∂L_n/∂w| over images n and the connection's weights w,
/// the absolute value taken of the sum.
package struct TaylorCriterion: Criterion {
  package let name = "taylor"
  package let observesSensitivities = true

  /// The criterion.
  package init() {}

  /// The absolute sensitivity of each connection.
  package func scores(of unit: Int, group index: Int, in scored: ScoredNetwork) -> [Double] {
    let group = scored.network.layout.groups[index]
    guard let sensitivities = scored.observed.sensitivities else {
      preconditionFailure("the sensitivities of \(group.name) were not observed")
    }
    return (0..<group.connectionsPerUnit).map {
      abs(sensitivities.values[group.index(unit: unit, input: $0)])
    }
  }
}
