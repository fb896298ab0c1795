import Tensors

/// Which optimizer, with what does not change during a phase.
public struct OptimizerSettings: Sendable, Equatable {
  /// The optimizers there are.
  public enum Kind: String, Sendable, CaseIterable {
    case adam
    case sgd
  }

  /// Which one.
  public let kind: Kind
  /// λ of the L2 weight decay, on all parameters.
  public let weightDecay: Double
  /// μ of SGD; Adam has none.
  public let momentum: Double

  /// These settings.
  public init(kind: Kind, weightDecay: Double, momentum: Double) {
    self.kind = kind
    self.weightDecay = weightDecay
    self.momentum = momentum
  }

  /// Numbers of state for each parameter.
  var stateCount: Int {
    switch kind {
    case .adam: 2
    case .sgd: 1
    }
  }

  /// A fresh optimizer for `count` owned parameters.
  public func make(count: Int, kernels: KernelSet) -> any Optimizer {
    switch kind {
    case .adam: Adam(count: count, weightDecay: weightDecay, kernels: kernels)
    case .sgd:
      StochasticGradientDescent(
        count: count, momentum: momentum, weightDecay: weightDecay, kernels: kernels)
    }
  }
}
