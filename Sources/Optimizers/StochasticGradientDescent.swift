import Tensors

extension KnownOptimizer {
  /// Stochastic gradient descent with momentum.
  package static let sgd = KnownOptimizer(
    "sgd", stateNames: ["velocity"]
  ) { settings, count, kernels in
    StochasticGradientDescent(
      count: count, momentum: settings.momentum, usesNesterov: settings.usesNesterov,
      weightDecay: settings.weightDecay, kernels: kernels)
  }
}

/// Stochastic gradient descent with momentum, that of Nesterov or not, and L2 weight decay as in
/// PyTorch.
package final class StochasticGradientDescent: Optimizer {
  private let kernels: KernelSet
  private let weightDecay, momentum: Double
  private let usesNesterov: Bool
  private let velocity: FloatBuffer
  private var learningRate = 0.0
  /// See `Optimizer`.
  package private(set) var steps = 0

  /// Zero velocity for `count` owned parameters.
  package init(
    count: Int, momentum: Double, usesNesterov: Bool = false, weightDecay: Double,
    kernels: KernelSet
  ) {
    self.kernels = kernels
    (self.momentum, self.usesNesterov) = (momentum, usesNesterov)
    self.weightDecay = weightDecay
    self.velocity = FloatBuffer(count: count, for: "the optimizer's state")
  }

  /// The velocity.
  package var state: [FloatBuffer] { [velocity] }
  /// See `Optimizer`.
  package var stateNames: [String] { KnownOptimizer.sgd.stateNames }

  /// See `Optimizer`.
  package func resume(after steps: Int) { self.steps = steps }

  /// See `Optimizer`.
  package func begin(learningRate: Double) {
    steps += 1
    self.learningRate = learningRate
  }

  /// See `Optimizer`.
  package func update(
    _ parameters: FloatSlice, gradient: FloatSlice, state range: Range<Int>
  ) -> StepSums {
    kernels.stochasticGradientDescent(
      parameters, velocity: FloatSlice(velocity, range), gradient: gradient,
      learningRate: learningRate, weightDecay: weightDecay, momentum: momentum,
      usesNesterov: usesNesterov, isFirst: steps == 1)
  }
}
