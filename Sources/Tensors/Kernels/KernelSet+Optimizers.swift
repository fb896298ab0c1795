import CKernels

extension KernelSet {
  /// One step of Adam with L2 weight decay λ in PyTorch's meaning (Kingma & Ba, 2015, algorithm 1):
  /// p −= σp, g += λp, m += (1−β₁)(g−m), v = β₂v + (1−β₂)g², p −= η/(1−β₁ᵗ) · m / (√v/√(1−β₂ᵗ) +
  /// ε), element by element. A decay that is decoupled is in the shrinkage σ = ηλ (Loshchilov &
  /// Hutter, 2019, algorithm 2).
  package struct Adam: Sendable {
    /// η, λ, β₁, β₂ and ε.
    package let learningRate, weightDecay, beta1, beta2, epsilon: Double
    /// σ.
    package let shrinkage: Double
    /// β₁ᵗ and β₂ᵗ, t counted from 1.
    package let beta1Power, beta2Power: Double

    /// The settings of step t, given β₁ᵗ and β₂ᵗ.
    package init(
      learningRate: Double, weightDecay: Double, shrinkage: Double = 0, beta1: Double = 0.9,
      beta2: Double = 0.999, epsilon: Double = 1e-8, beta1Power: Double, beta2Power: Double
    ) {
      self.shrinkage = shrinkage
      (self.learningRate, self.weightDecay) = (learningRate, weightDecay)
      (self.beta1, self.beta2, self.epsilon) = (beta1, beta2, epsilon)
      (self.beta1Power, self.beta2Power) = (beta1Power, beta2Power)
    }
  }

  /// Steps `parameters` with moments `first` and `second`.
  /// - Returns: sums of parameters, first and second moments.
  @discardableResult
  package func adam(
    _ parameters: FloatSlice, first: FloatSlice, second: FloatSlice, gradient: FloatSlice,
    settings: Adam
  ) -> StepSums {
    let count = parameters.count
    precondition(
      first.count == count && second.count == count && gradient.count == count,
      "\(count) parameters, moments \(first.count) and \(second.count), gradient \(gradient.count)")
    return StepSums(
      functions.adam(
        parameters.base, first.base, second.base, gradient.base, count,
        relief_adam(
          weight_decay: Float(settings.weightDecay), rest: Float(1 - settings.shrinkage),
          beta2: Float(settings.beta2), epsilon: Float(settings.epsilon),
          beta1_rest: Float(1 - settings.beta1),
          beta2_rest: Float(1 - settings.beta2),
          step_size: Float(settings.learningRate / (1 - settings.beta1Power)),
          correction2_root: Float((1 - settings.beta2Power).squareRoot()))))
  }

  /// One step of SGD with momentum μ and L2 weight decay λ in PyTorch's meaning: g += λp;
  /// u = g at the first step, else μu + g; p −= ηu, or in Nesterov's way η (g + μu).
  /// - Returns: sums of parameters and velocity.
  @discardableResult
  package func stochasticGradientDescent(
    _ parameters: FloatSlice, velocity: FloatSlice, gradient: FloatSlice, learningRate: Double,
    weightDecay: Double, momentum: Double, usesNesterov: Bool = false, isFirst: Bool
  ) -> StepSums {
    let count = parameters.count
    precondition(
      velocity.count == count && gradient.count == count,
      "\(count) parameters, velocity \(velocity.count), gradient \(gradient.count)")
    return StepSums(
      functions.sgd(
        parameters.base, velocity.base, gradient.base, count,
        relief_sgd(
          learning_rate: Float(learningRate), weight_decay: Float(weightDecay),
          momentum: Float(momentum), nesterov: usesNesterov,
          first: isFirst)))
  }
}
