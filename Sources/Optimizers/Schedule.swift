/// The learning rate of each step: linear warm-up, then a constant that is multiplied by `gamma` at
/// each milestone.
package struct Schedule: Sendable, Equatable {
  /// The rate after warm-up.
  package let learningRate: Double
  /// Epochs, counted from 0, at whose start the rate falls.
  package let milestones: [Int]
  /// By what it is multiplied.
  package let gamma: Double
  /// Epochs over which it rises from 0.
  package let warmupEpochs: Int
  /// Steps of an epoch.
  package let stepsPerEpoch: Int

  /// A schedule of these.
  package init(
    learningRate: Double, milestones: [Int], gamma: Double, warmupEpochs: Int, stepsPerEpoch: Int
  ) {
    self.learningRate = learningRate
    self.milestones = milestones
    self.gamma = gamma
    self.warmupEpochs = warmupEpochs
    self.stepsPerEpoch = stepsPerEpoch
  }

  /// The rate of step `step` of epoch `epoch`, both counted from 0.
  package func rate(epoch: Int, step: Int) -> Double {
    let passed = milestones.count { $0 <= epoch }
    let decayed = (0..<passed).reduce(learningRate) { rate, _ in rate * gamma }
    guard epoch < warmupEpochs else { return decayed }
    let done = epoch * stepsPerEpoch + step + 1
    return decayed * Double(done) / Double(warmupEpochs * stepsPerEpoch)
  }
}
