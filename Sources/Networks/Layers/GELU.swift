import Tensors

// Hendrycks, Gimpel: "Gaussian error linear units (GELUs)", 2016.

/// x Φ(x), Φ(x) = ½ (1 + erf(x / √2)), exactly and not by a hyperbolic tangent.
package struct GELU: SmoothLayer {
  package let activation = SmoothActivation.gelu
}

extension Layer {
  /// x Φ(x), Φ(x) = ½ (1 + erf(x / √2)), exactly and not by a hyperbolic tangent.
  package static let gelu = Layer(GELU())
}
