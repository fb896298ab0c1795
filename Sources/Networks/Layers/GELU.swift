import Tensors

// Hendrycks, Gimpel: "Gaussian error linear units (GELUs)", 2016.

/// x Φ(x), Φ(x) = ½ (1 + erf(x / √2)), exactly and not by a hyperbolic tangent.
package struct GELU: LayerDeclaration {
  package let addsGradient = true

  /// Notes nothing: shape and channels stay.
  package func place(in graph: inout Graph) -> PlacedLayer.Parts { PlacedLayer.Parts() }

  /// Appends its passes.
  package func append(_ layer: PlacedLayer, to program: inout ProgramBuilder, input: Int) -> Int {
    program.append(
      SmoothActivationRunner(.gelu, shape: layer.output, kernels: program.network.kernels),
      for: layer, input: input)
  }
}

extension Layer {
  /// x Φ(x), Φ(x) = ½ (1 + erf(x / √2)), exactly and not by a hyperbolic tangent.
  package static let gelu = Layer(GELU())
}
