import Tensors

/// Which optimizer, with what does not change during a phase.
package struct OptimizerSettings: Sendable, Equatable {
  /// Which one.
  package let kind: KnownOptimizer
  /// λ of the weight decay, on all parameters.
  package let weightDecay: Double
  /// μ of SGD; Adam has none.
  package let momentum: Double
  /// Whether SGD looks ahead along its velocity.
  package let usesNesterov: Bool

  /// These settings.
  package init(
    kind: KnownOptimizer, weightDecay: Double, momentum: Double, usesNesterov: Bool = false
  ) {
    self.kind = kind
    self.weightDecay = weightDecay
    self.momentum = momentum
    self.usesNesterov = usesNesterov
  }

  /// A fresh optimizer for `count` owned parameters.
  package func make(count: Int, kernels: KernelSet) -> any Optimizer {
    kind.optimizer(self, count: count, kernels: kernels)
  }
}
