import Networks
import Tensors

/// Any connections stay, drawn anew in each iteration; for comparison.
package struct RandomCriterion: Criterion {
  package let name = "random"

  /// The criterion.
  package init() {}

  /// Uniform in (0, 1).
  package func scores(of unit: Int, group index: Int, in scored: ScoredNetwork) -> [Double] {
    let group = scored.network.layout.groups[index]
    let random = CounterRandom(
      seed: scored.seed, purpose: .randomCriterion, iteration: scored.iteration, layer: index)
    return (0..<group.connectionsPerUnit).map {
      random.uniform(group.index(unit: unit, input: $0) - group.offset)
    }
  }
}
