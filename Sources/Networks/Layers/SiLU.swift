import Tensors

// Elfwing, Uchibe, Doya: "Sigmoid-weighted linear units for neural network function approximation
// in reinforcement learning", Neural Networks, 2018.

/// x σ(x), σ(x) = 1 / (1 + e^(−x)).
package struct SiLU: SmoothLayer {
  package let activation = SmoothActivation.silu
}

extension Layer {
  /// x σ(x), σ(x) = 1 / (1 + e^(−x)).
  package static let silu = Layer(SiLU())
}
