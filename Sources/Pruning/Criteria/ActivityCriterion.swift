import Networks

// Dekhovich, Tax, Sluiter, Bessa: "Neural network relief: a pruning algorithm based on neural
// activity", Machine Learning, 2024, section 3.

/// By importance, the product of weight and activity: |w_ji| a_i for a connection of a neuron with
/// mean activity a_i = mean_n |x_i(n)| of its input, |b_j| for its bias, and for a kernel what
/// `KernelImportance` says.
package struct ActivityCriterion: Criterion {
  package let name = "activity"

  /// The criterion.
  package init() {}

  /// The importance of each connection.
  package func scores(of unit: Int, group index: Int, in scored: ScoredNetwork) -> [Double] {
    let network = scored.network
    let group = network.layout.groups[index]
    let activity = scored.observed.activities.inputs(of: index)
    guard let shape = network.graph.convolutions.first(where: { $0.group == index })?.shape else {
      let row = group.parameterRange(unit: unit, input: 0).lowerBound
      return Importance.scores(
        weights: scored.weights[row..<row + group.connectionsPerUnit], activities: activity.means)
    }
    let importance = KernelImportance(
      shape: shape, norm: network.architecture.scoreNorm, activity: activity)
    return (0..<group.connectionsPerUnit).map { input in
      let numbers = scored.weights(group, unit: unit, input: input)
      guard network.mask[group.index(unit: unit, input: input)], let first = numbers.first else {
        return 0
      }
      return input < group.inputs
        ? importance.score(kernel: numbers, input: input) : importance.score(bias: first)
    }
  }
}
