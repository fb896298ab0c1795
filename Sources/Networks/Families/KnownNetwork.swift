import Tensors

/// A network that recipes can name, and the images it is for. Each family lists its own, in the
/// file that declares it.
package struct KnownNetwork: Sendable {
  /// The name recipes use.
  package let name: String
  /// The images it is usually given: square ones of so many channels (1 for greyscale, 3 for
  /// colour), and their classes.
  package let usualInput: FeatureShape
  package let usualClasses: Int
  /// What remains of images with fewer rows or columns is nothing.
  package let smallestSide: Int
  /// Weights and biases for its usual images.
  package let connections: Int
  /// Whether `NetworkOptions.dropout` means something to it.
  package let hasDropout: Bool
  private let make: @Sendable (FeatureShape, Int, NetworkOptions) -> Architecture

  init(
    _ name: String, for images: FeatureShape, classes: Int, smallestSide: Int = 1, connections: Int,
    _ make: @escaping @Sendable (_ input: FeatureShape, _ classes: Int) -> Architecture
  ) {
    self.init(
      name, for: images, classes: classes, smallestSide: smallestSide, connections: connections,
      hasDropout: false
    ) { input, classes, _ in make(input, classes) }
  }

  init(
    _ name: String, for images: FeatureShape, classes: Int, smallestSide: Int = 1, connections: Int,
    hasDropout: Bool,
    _ make: @escaping @Sendable (FeatureShape, Int, NetworkOptions) -> Architecture
  ) {
    (self.name, self.usualInput, self.usualClasses) = (name, images, classes)
    (self.smallestSide, self.connections, self.make) = (smallestSide, connections, make)
    self.hasDropout = hasDropout
  }

  /// Every one.
  package static let all =
    leNets + VGG.known + SmallResNet.known + LargeResNet.known + WideResNet.known

  /// The one of this name.
  package static func named(_ name: String) -> KnownNetwork? { all.first { $0.name == name } }

  /// Its architecture for images of `input` in so many classes.
  package func architecture(
    _ input: FeatureShape, classes: Int, options: NetworkOptions = NetworkOptions()
  ) -> Architecture {
    make(input, classes, options)
  }

  /// Its architecture for its usual images.
  package var usual: Architecture { architecture(usualInput, classes: usualClasses) }

  /// Whether it takes images of `input`.
  package func takes(_ input: FeatureShape) -> Bool {
    input.channels == usualInput.channels && min(input.height, input.width) >= smallestSide
  }
}

/// What a user may choose of a network besides its name.
package struct NetworkOptions: Sendable {
  /// The probability that a feature is dropped while training, for networks that `hasDropout`.
  package var dropout = 0.0

  /// The network as published.
  package init() {}
}

extension FeatureShape {
  /// Square greyscale images.
  static func greyscale(_ side: Int) -> FeatureShape {
    FeatureShape(channels: 1, height: side, width: side)
  }
  /// Square colour images.
  static func colour(_ side: Int) -> FeatureShape {
    FeatureShape(channels: 3, height: side, width: side)
  }
}
