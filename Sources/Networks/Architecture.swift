import Tensors

/// What a layer of an architecture is.
public enum LayerDeclaration: Sendable, Equatable {
  /// y_j = b_j + Σ_i w_ji x_i for `neurons` neurons, over all features of its input.
  case dense(_ name: String, neurons: Int)
  /// max(0, x), a NaN staying NaN.
  case rectifier
}

/// A network as data: what goes in and the layers in order.
public struct Architecture: Sendable, Equatable {
  /// The name recipes use.
  public let name: String
  /// Shape of an input image.
  public let input: FeatureShape
  /// Classes it tells apart: the outputs of the last layer.
  public let classes: Int
  /// The layers from input to output.
  public let layers: [LayerDeclaration]

  /// An architecture of these layers.
  public init(name: String, input: FeatureShape, classes: Int, layers: [LayerDeclaration]) {
    self.name = name
    self.input = input
    self.classes = classes
    self.layers = layers
  }

  /// How an architecture is made for images of a shape and a number of classes.
  public typealias Maker = @Sendable (_ input: FeatureShape, _ classes: Int) -> Architecture

  /// The makers by the name recipes use.
  public static let known: [String: Maker] = ["lenet300-100": Architecture.leNet300]
}
