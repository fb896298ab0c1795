import Networks

/// What makes a connection worth keeping. Each is a value in a file of its own.
package protocol Criterion: Sendable {
  /// The name recipes use.
  var name: String { get }
  /// Whether it must know the `Sensitivities` of connections, which cost a backward pass;
  /// activities are known to all.
  var observesSensitivities: Bool { get }
  /// The scores of all connections of a unit, its bias last, 0 where pruned; the higher ones stay.
  func scores(of unit: Int, group: Int, in scored: ScoredNetwork) -> [Double]
}

extension Criterion {
  package var observesSensitivities: Bool { false }
}

/// A network with what criteria know of it.
package struct ScoredNetwork {
  /// The network.
  package let network: Network
  /// Its parameters, 0 where pruned.
  package let weights: [Float]
  /// What was observed of it.
  package let observed: Observations
  /// The pruning iteration.
  package let iteration: Int
  /// The run's seed.
  package let seed: Int

  /// `network` in an iteration of a run of this seed.
  package init(
    _ network: Network, _ observed: Observations, iteration: Int = 0, seed: Int = 0
  ) {
    (self.network, self.observed) = (network, observed)
    (self.iteration, self.seed) = (iteration, seed)
    weights = network.fullParameters
  }

  /// The weights of the connection of `unit` from `input`.
  func weights(_ group: ConnectionGroup, unit: Int, input: Int) -> ArraySlice<Float> {
    weights[group.parameterRange(unit: unit, input: input)]
  }
}

/// The criteria there are.
package enum Criteria {
  /// Every one.
  package static let all: [any Criterion] = [
    ActivityCriterion(), MagnitudeCriterion(), RandomCriterion(), TaylorCriterion(),
  ]

  /// The one of this name.
  package static func named(_ name: String) -> (any Criterion)? { all.first { $0.name == name } }
}
