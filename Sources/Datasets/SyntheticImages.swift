import Tensors

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
