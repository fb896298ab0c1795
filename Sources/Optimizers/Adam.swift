import Tensors

// Kingma, Ba: "Adam: a method for stochastic optimization", ICLR 2015.

extension KnownOptimizer {
  /// Adam.
  package static let adam = KnownOptimizer(
    "adam", stateNames: ["first moments", "second moments"]
  ) { settings, count, kernels in
    Adam(count: count, weightDecay: settings.weightDecay, kernels: kernels)
  }
}

/// Adam (Kingma & Ba, 2015) with β₁ = 0.9, β₂ = 0.999, ε = 1e-8 and weight decay as in PyTorch: L2,
/// or decoupled.
package final class Adam: Optimizer {
  private let kernels: KernelSet
  private let weightDecay: Double
  private let decouplesDecay: Bool
  private let first, second: FloatBuffer
  private var beta1Power = 1.0
  private var beta2Power = 1.0
  private var settings: KernelSet.Adam
  /// See `Optimizer`.
  package private(set) var steps = 0

  /// Fresh moments for `count` owned parameters.
  ///
  /// - Parameter decouplesDecay: whether the decay shrinks the parameters themselves.
  package init(
    count: Int, weightDecay: Double, decouplesDecay: Bool = false, kernels: KernelSet
  ) {
    self.kernels = kernels
    (self.weightDecay, self.decouplesDecay) = (weightDecay, decouplesDecay)
    self.first = FloatBuffer(count: count, for: "the optimizer's state")
    self.second = FloatBuffer(count: count, for: "the optimizer's state")
    self.settings = KernelSet.Adam(
      learningRate: 0, weightDecay: weightDecay, beta1Power: 0, beta2Power: 0)
  }

  /// First and second moments.
  package var state: [FloatBuffer] { [first, second] }
  /// See `Optimizer`.
  package var stateNames: [String] { KnownOptimizer.adam.stateNames }

  /// See `Optimizer`.
  package func resume(after steps: Int) {
    self.steps = steps
    // Multiplied one by one, as steps do it: a power would round otherwise.
    for _ in 0..<steps {
      beta1Power *= settings.beta1
      beta2Power *= settings.beta2
    }
  }

  /// See `Optimizer`.
  package func begin(learningRate: Double) {
    steps += 1
    beta1Power *= settings.beta1
    beta2Power *= settings.beta2
    settings = KernelSet.Adam(
      learningRate: learningRate, weightDecay: decouplesDecay ? 0 : weightDecay,
      shrinkage: decouplesDecay ? learningRate * weightDecay : 0, beta1Power: beta1Power,
      beta2Power: beta2Power)
  }

  /// See `Optimizer`.
  package func update(
    _ parameters: FloatSlice, gradient: FloatSlice, state range: Range<Int>
  ) -> StepSums {
    kernels.adam(
      parameters, first: FloatSlice(first, range), second: FloatSlice(second, range),
      gradient: gradient, settings: settings)
  }
}
