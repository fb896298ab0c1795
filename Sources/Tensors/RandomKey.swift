/// When in a run random numbers are drawn: with their purpose and layer it is all that they depend
/// on.
package struct RandomKey: Sendable, Equatable {
  /// The run's seed.
  package let seed: Int
  /// Pruning iteration, 0 for the unpruned network.
  package let iteration: Int
  /// Epoch of the phase, counted from 0.
  package let epoch: Int

  /// An epoch of a run.
  package init(seed: Int = 0, iteration: Int = 0, epoch: Int = 0) {
    (self.seed, self.iteration, self.epoch) = (seed, iteration, epoch)
  }

  /// The numbers for `purpose`, apart for every layer.
  package func random(_ purpose: CounterRandom.Purpose, layer: Int = 0) -> CounterRandom {
    CounterRandom(seed: seed, purpose: purpose, iteration: iteration, epoch: epoch, layer: layer)
  }
}
