import Tensors

/// The learning rate of each step: a linear warm-up, then what the decay says.
package struct Schedule: Sendable, Equatable {
  /// The decays that recipes can name.
  package enum Kind: String, Sendable, CaseIterable {
    case multistep, cosine
  }

  /// How the rate falls.
  package enum Decay: Sendable, Equatable {
    /// It is multiplied by `gamma` at the start of each of these epochs, counted from 0, be they in
    /// the warm-up or after it.
    case multistep(milestones: [Int], gamma: Double)
    /// Over the steps of the `epochs` that the warm-up leaves, ½ (1 + cos πt/T) of it at step t of
    /// T, so that it would be 0 one step after the last.
    /// (Loshchilov, Hutter: "SGDR: stochastic gradient descent with warm restarts", ICLR 2017,
    /// without restarts.)
    case cosine(epochs: Int)
  }

  /// The rate after warm-up.
  package let learningRate: Double
  /// How it falls.
  package let decay: Decay
  /// Epochs over which it rises from 0.
  package let warmupEpochs: Int
  /// Steps of an epoch.
  package let stepsPerEpoch: Int

  /// A schedule of these.
  package init(learningRate: Double, decay: Decay, warmupEpochs: Int, stepsPerEpoch: Int) {
    self.learningRate = learningRate
    self.decay = decay
    self.warmupEpochs = warmupEpochs
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// The rate of step `step` of epoch `epoch`, both counted from 0.
  package func rate(epoch: Int, step: Int) -> Double {
    let decayed = decayed(epoch: epoch, step: step)
    guard epoch < warmupEpochs else { return decayed }
    let done = epoch * stepsPerEpoch + step + 1
    return decayed * Double(done) / Double(warmupEpochs * stepsPerEpoch)
  }

  private func decayed(epoch: Int, step: Int) -> Double {
    switch decay {
    case .multistep(let milestones, let gamma):
      let passed = milestones.count { $0 <= epoch }
      return (0..<passed).reduce(learningRate) { rate, _ in rate * gamma }
    case .cosine(let epochs):
      guard epoch >= warmupEpochs else { return learningRate }
      let all = (epochs - warmupEpochs) * stepsPerEpoch
      let left = (epochs - epoch) * stepsPerEpoch - step
      // ½ (1 + cos πt/T) = sin² (π/2 · (T − t)/T), which has all its digits where little is left.
      let sine = sine(.pi / 2 * Double(left) / Double(all))
      return learningRate * sine * sine
    }
  }
}
