import Tensors

// LeCun, Bottou, Bengio, Haffner: "Gradient-based learning applied to document recognition",
// Proceedings of the IEEE 86(11), 1998.
//
// Deviations, all of them those of the pruning literature: rectifiers instead of scaled hyperbolic
// tangents, a softmax cross-entropy instead of the squared error.

extension Architecture {
  /// LeNet-300-100: two hidden dense layers; 266,610 connections for 28×28 images and 10 classes.
  public static let leNet300: Maker = { input, classes in
    Architecture(
      name: "lenet300-100", input: input, classes: classes,
      layers: [
        .dense("classifier.0", neurons: 300), .rectifier,
        .dense("classifier.2", neurons: 100), .rectifier,
        .dense("classifier.4", neurons: classes),
      ])
  }
}
