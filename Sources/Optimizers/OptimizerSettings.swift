import Tensors

/// Which optimizer, with what does not change during a phase.
package struct OptimizerSettings: Sendable, Equatable {
  /// The optimizers there are.
  package enum Kind: String, Sendable, CaseIterable {
    case adam
    case sgd
  }

  /// Which one.
  package let kind: Kind
  /// λ of the L2 weight decay, on all parameters.
  package let weightDecay: Double
  /// μ of SGD; Adam has none.
  package let momentum: Double

  /// These settings.
  package init(kind: Kind, weightDecay: Double, momentum: Double) {
    self.kind = kind
    self.weightDecay = weightDecay
    self.momentum = momentum
  }

  /// Numbers of state for each parameter.
  package var stateCount: Int {
    switch kind {
    case .adam: 2
    case .sgd: 1
    }
  }

  /// A fresh optimizer for `count` owned parameters.
  package func make(count: Int, kernels: KernelSet) -> any Optimizer {
    switch kind {
    case .adam: Adam(count: count, weightDecay: weightDecay, kernels: kernels)
    case .sgd:
      StochasticGradientDescent(
        count: count, momentum: momentum, weightDecay: weightDecay, kernels: kernels)
    }
  }
}
