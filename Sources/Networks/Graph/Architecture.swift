import Tensors

/// A network as data: what goes in and the layers in order.
package struct Architecture: Sendable, Equatable {
  /// How a kernel's responses are combined over output positions.
  package enum ScoreNorm: Sendable, Equatable {
    /// Σ_o r(o).
    case sum
    /// √Σ_o r(o)².
    case euclidean
  }

  /// The name recipes use.
  package let name: String
  /// Shape of an input image.
  package let input: FeatureShape
  /// Classes it tells apart: the outputs of the last layer.
  package let classes: Int
  /// How a kernel's responses are combined over output positions.
  package let scoreNorm: ScoreNorm
  /// The layers from input to output.
  package let layers: [Layer]

  /// An architecture of these layers.
  package init(
    name: String, input: FeatureShape, classes: Int, scoreNorm: ScoreNorm = .sum,
    layers: [Layer]
  ) {
    self.name = name
    self.input = input
    self.classes = classes
    self.scoreNorm = scoreNorm
    self.layers = layers
  }
}
