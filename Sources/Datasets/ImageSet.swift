import Tensors

/// Labelled images as their files hold them: bytes, `[image][channel][row][column]`.
package struct ImageSet: Sendable {
  /// Shape of an image.
  package let shape: FeatureShape
  /// The pixels of all images.
  package let pixels: Pixels
  /// A class for each image, 0 ..< classes.
  package let labels: [Int32]
  /// What pixels divided by 255 are normalised with; nil leaves them.
  package let normalisation: Normalisation?

  /// Images of `shape` with their labels.
  package init(
    shape: FeatureShape, pixels: Pixels, labels: [Int32], normalisation: Normalisation? = nil
  ) {
    precondition(
      pixels.count == labels.count * shape.count,
      "\(pixels.count) pixels for \(labels.count) images of \(shape)")
    self.shape = shape
    self.pixels = pixels
    self.labels = labels
    self.normalisation = normalisation
  }

  /// Images of `shape` whose pixels are in this process's memory, with their labels.
  package init(
    shape: FeatureShape, pixels: [UInt8], labels: [Int32], normalisation: Normalisation? = nil
  ) {
    self.init(
      shape: shape, pixels: Pixels(pixels), labels: labels, normalisation: normalisation)
  }

  /// How many images there are.
  package var count: Int { labels.count }
}

extension ImageSet {
  /// `count` images of noise with labels in turn, for measuring speed.
  package static func synthetic(
    count: Int, shape: FeatureShape, classes: Int, normalisation: Normalisation? = nil
  ) -> ImageSet {
    let random = CounterRandom(seed: 0, purpose: .synthetic)
    return ImageSet(
      shape: shape,
      pixels: (0..<count * shape.count).map { UInt8(truncatingIfNeeded: random.words($0).0) },
      labels: (0..<count).map { Int32($0 % classes) }, normalisation: normalisation)
  }
}
