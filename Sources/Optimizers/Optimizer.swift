import Tensors

/// Steps the parameters a rank owns. Its state has one number a owned parameter in each buffer.
package protocol Optimizer: AnyObject {
  /// The state buffers, in canonical order.
  var state: [FloatBuffer] { get }
  /// What the buffers are called.
  var stateNames: [String] { get }
  /// Steps taken.
  var steps: Int { get }
  /// Goes on after `steps` steps; whoever calls it puts back the state of that time.
  func resume(after steps: Int)
  /// Begins the next step at this learning rate.
  func begin(learningRate: Double)
  /// Steps `parameters` by `gradient`, with the state at `range`; once per parameter and step.
  /// - Returns: sums of the parameters and of each state buffer.
  func update(
    _ parameters: FloatSlice, gradient: FloatSlice, state range: Range<Int>
  ) -> StepSums
}

/// Adam (Kingma & Ba, 2015) with β₁ = 0.9, β₂ = 0.999, ε = 1e-8 and L2 weight decay as in PyTorch.
package final class Adam: Optimizer {
  private let kernels: KernelSet
  private let weightDecay: Double
  private let first, second: FloatBuffer
  private var beta1Power = 1.0
  private var beta2Power = 1.0
  private var settings: KernelSet.Adam
  /// See `Optimizer`.
  package private(set) var steps = 0

  /// Fresh moments for `count` owned parameters.
  package init(count: Int, weightDecay: Double, kernels: KernelSet) {
    self.kernels = kernels
    self.weightDecay = weightDecay
    self.first = FloatBuffer(count: count, for: "the optimizer's state")
    self.second = FloatBuffer(count: count, for: "the optimizer's state")
    self.settings = KernelSet.Adam(
      learningRate: 0, weightDecay: weightDecay, beta1Power: 0, beta2Power: 0)
  }

  /// First and second moments.
  package var state: [FloatBuffer] { [first, second] }
  /// See `Optimizer`.
  package let stateNames = ["first moments", "second moments"]

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
      learningRate: learningRate, weightDecay: weightDecay, beta1Power: beta1Power,
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

/// Stochastic gradient descent with momentum and L2 weight decay as in PyTorch.
package final class StochasticGradientDescent: Optimizer {
  private let kernels: KernelSet
  private let weightDecay, momentum: Double
  private let velocity: FloatBuffer
  private var learningRate = 0.0
  /// See `Optimizer`.
  package private(set) var steps = 0

  /// Zero velocity for `count` owned parameters.
  package init(count: Int, momentum: Double, weightDecay: Double, kernels: KernelSet) {
    self.kernels = kernels
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.velocity = FloatBuffer(count: count, for: "the optimizer's state")
  }

  /// The velocity.
  package var state: [FloatBuffer] { [velocity] }
  /// See `Optimizer`.
  package let stateNames = ["velocity"]

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
      isFirst: steps == 1)
  }
}
