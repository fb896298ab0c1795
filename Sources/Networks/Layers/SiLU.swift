import Tensors

// Elfwing, Uchibe, Doya: "Sigmoid-weighted linear units for neural network function approximation
// in reinforcement learning", Neural Networks, 2018.

/// x σ(x), σ(x) = 1 / (1 + e^(−x)).
package struct SiLU: LayerDeclaration {
  package let addsGradient = true

  /// Notes nothing: shape and channels stay.
  package func place(in graph: inout Graph) -> PlacedLayer.Parts { PlacedLayer.Parts() }

  /// Appends its passes.
  package func append(_ layer: PlacedLayer, to program: inout ProgramBuilder, input: Int) -> Int {
    program.append(
      SmoothActivationRunner(.silu, shape: layer.output, kernels: program.network.kernels),
      for: layer, input: input)
  }
}

extension Layer {
  /// x σ(x), σ(x) = 1 / (1 + e^(−x)).
  package static let silu = Layer(SiLU())
}
