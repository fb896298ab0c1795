import Tensors

// LeCun, Bottou, Bengio, Haffner: "Gradient-based learning applied to document recognition",
// Proceedings of the IEEE 86(11), 1998.
//
// Deviations, all of them those of the pruning literature: rectifiers instead of scaled hyperbolic
// tangents, a softmax cross-entropy instead of the squared error.

extension KnownNetwork {
  static let leNets = [
    KnownNetwork(
      "lenet300-100", for: .greyscale(28), classes: 10, connections: 266_610, Architecture.leNet300),
    // 16 → 12 → 6 → 2 → 1.
    KnownNetwork(
      "lenet5", for: .greyscale(28), classes: 10, smallestSide: 16, connections: 431_080,
      Architecture.leNet5),
  ]
}

extension Architecture {
  /// LeNet-300-100: two hidden dense layers; 266,610 connections for 28×28 images and 10 classes.
  package static func leNet300(_ input: FeatureShape, _ classes: Int) -> Architecture {
    Architecture(
      name: "lenet300-100", input: input, classes: classes,
      layers: [
        .dense("classifier.0", neurons: 300), .rectifier,
        .dense("classifier.2", neurons: 100), .rectifier,
        .dense("classifier.4", neurons: classes),
      ])
  }

  /// LeNet-5 in Caffe's form: 20 and 50 filters of 5×5, each followed by a 2×2 maximum, then 500
  /// hidden neurons; 431,080 connections for 28×28 images and 10 classes.
  package static func leNet5(_ input: FeatureShape, _ classes: Int) -> Architecture {
    Architecture(
      name: "lenet5", input: input, classes: classes,
      layers: [
        .convolution("feature_extractor.0", filters: 20, kernel: 5), .rectifier, .maxPool(2),
        .convolution("feature_extractor.3", filters: 50, kernel: 5), .rectifier, .maxPool(2),
        .dense("classifier.0", neurons: 500), .rectifier,
        .dense("classifier.2", neurons: classes),
      ])
  }
}
