import Tensors

/// What a layer of an architecture is.
package indirect enum LayerDeclaration: Sendable, Equatable {
  /// `filters` filters of `kernel` × `kernel` over all channels of its input.
  case convolution(
    _ name: String, filters: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true)
  /// Normalisation of each channel over the batch, with scale and shift.
  case batchNorm(_ name: String)
  /// max(0, x), a NaN staying NaN.
  case rectifier
  /// The largest of each `size` × `size` square.
  case maxPool(_ size: Int)
  /// The mean of each channel: a map of 1 × 1.
  case globalAveragePool
  /// While training, each feature is 0 with this probability, else divided by the rest.
  case dropout(_ probability: Double)
  /// y_j = b_j + Σ_i w_ji x_i for `neurons` neurons, over all features of its input.
  case dense(_ name: String, neurons: Int)
  /// body(x) + shortcut(x).
  case residual(_ name: String, body: [LayerDeclaration], shortcut: ShortcutDeclaration)
}

/// The way around a residual block's body.
package enum ShortcutDeclaration: Sendable, Equatable {
  /// x.
  case identity
  /// Every `stride`-th row and column of x, its channels in the middle of `channels`, the others 0.
  case padded(channels: Int, stride: Int)
  /// A convolution and a batch norm.
  case projection([LayerDeclaration])
}

/// A network as data: what goes in and the layers in order.
package struct Architecture: Sendable, Equatable {
  /// How a filter's scores are summed up over positions.
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
  /// How a filter's scores are summed up over positions.
  package let scoreNorm: ScoreNorm
  /// The layers from input to output.
  package let layers: [LayerDeclaration]

  /// An architecture of these layers.
  package init(
    name: String, input: FeatureShape, classes: Int, scoreNorm: ScoreNorm = .sum,
    layers: [LayerDeclaration]
  ) {
    self.name = name
    self.input = input
    self.classes = classes
    self.scoreNorm = scoreNorm
    self.layers = layers
  }
}
