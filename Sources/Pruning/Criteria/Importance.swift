/// Importance of a neuron's connections and the threshold below which they are pruned.
/// (Dekhovich, Tax, Sluiter, Bessa, "Neural network relief", 2024, section 3.)
package enum Importance {
  /// `s_i = |w_i| a_i` for each connection of a neuron, the bias being last with activity 1.
  package static func scores(weights: ArraySlice<Float>, activities: [Double]) -> [Double] {
    precondition(
      weights.count == activities.count + 1,
      "\(weights.count) weights with the bias, \(activities.count) activities")
    var scores = zip(weights, activities).map { Double(abs($0)) * $1 }
    if let bias = weights.last { scores.append(Double(abs(bias))) }
    return scores
  }

  /// The score at and below which a neuron's connections are pruned, given all of them (pruned ones
  /// with score 0): with the scores sorted in descending order and p = the number of running sums
  /// below α·Σs, the one at min(p + 1, m − 1).
  package static func threshold(_ scores: [Double], alpha: Double) -> Double {
    let sorted = scores.sorted(by: >)
    let limit = alpha * sorted.reduce(0, +)
    var sum = 0.0
    var below = 0
    for score in sorted {
      sum += score
      guard sum < limit else { break }
      below += 1
    }
    return sorted[min(below + 1, sorted.count - 1)]
  }
}
