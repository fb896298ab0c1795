import Tensors

/// Which optimizer, with what does not change during a phase.
package struct OptimizerSettings: Sendable, Equatable {
  /// Which one.
  package let kind: KnownOptimizer
  /// λ of the L2 weight decay, on all parameters.
  package let weightDecay: Double
  /// μ of SGD; Adam has none.
  package let momentum: Double

  /// These settings.
  package init(kind: KnownOptimizer, weightDecay: Double, momentum: Double) {
    self.kind = kind
    self.weightDecay = weightDecay
    self.momentum = momentum
  }

  /// A fresh optimizer for `count` owned parameters.
  package func make(count: Int, kernels: KernelSet) -> any Optimizer {
    kind.optimizer(self, count: count, kernels: kernels)
  }
}
