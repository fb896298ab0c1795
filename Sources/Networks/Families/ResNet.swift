import Tensors

// He, Zhang, Ren, Sun: "Deep residual learning for image recognition", CVPR 2016.
//
// Deviations: the networks for ImageNet begin with a 3×3 convolution of stride 1 and no max
// pooling, for images of 32 or 64 pixels.

/// The residual networks of section 4.2 for small images: three groups of 16, 32 and 64 channels,
/// shortcuts padded with zeros.
package enum SmallResNet: Int, Sendable, CaseIterable {
  case resnet20 = 20
  case resnet32 = 32
  case resnet44 = 44
  case resnet56 = 56
  case resnet110 = 110

  static let known = allCases.map { network in
    KnownNetwork(
      "\(network)", for: .colour(32), classes: 10, connections: network.connections,
      network.architecture)
  }

  /// Weights and biases for 10 classes.
  private var connections: Int {
    switch self {
    case .resnet20: 268_346
    case .resnet32: 461_882
    case .resnet44: 655_418
    case .resnet56: 848_954
    case .resnet110: 1_719_866
    }
  }

  /// The network for images of `input` and `classes` classes.
  package func architecture(_ input: FeatureShape, _ classes: Int) -> Architecture {
    let blocks = (rawValue - 2) / 6
    var layers = ResidualGroup.stem(filters: 16)
    for (group, channels) in [16, 32, 64].enumerated() {
      for block in 0..<blocks {
        let shrinks = group > 0 && block == 0
        layers += ResidualGroup.block(
          "layer\(group + 1).\(block)", filters: channels, stride: shrinks ? 2 : 1,
          shortcut: shrinks ? .padded(channels: channels, stride: 2) : .identity)
      }
    }
    layers += [.globalAveragePool, .dense("linear", neurons: classes)]
    return Architecture(
      name: "resnet\(rawValue)", input: input, classes: classes, scoreNorm: .euclidean,
      layers: layers)
  }
}

/// The residual networks of section 4.1: four groups of 64 to 512 channels, shortcuts projected
/// where shapes change; names as in torchvision. ResNet-50 has three convolutions a block, a
/// bottleneck whose last has four times the channels.
package enum LargeResNet: Int, Sendable, CaseIterable {
  case resnet18 = 18
  case resnet34 = 34
  case resnet50 = 50

  static let known = allCases.map { network in
    KnownNetwork(
      "\(network)", for: .colour(64), classes: 200, connections: network.connections,
      network.architecture)
  }

  /// Weights and biases for 200 classes.
  private var connections: Int {
    switch self {
    case .resnet18: 11_261_832
    case .resnet34: 21_362_568
    case .resnet50: 23_857_032
    }
  }

  private var blocks: [Int] { self == .resnet18 ? [2, 2, 2, 2] : [3, 4, 6, 3] }
  private var hasBottlenecks: Bool { self == .resnet50 }

  /// The network for images of `input` and `classes` classes.
  package func architecture(_ input: FeatureShape, _ classes: Int) -> Architecture {
    var layers = ResidualGroup.stem(filters: 64)
    for (group, count) in blocks.enumerated() {
      let channels = 64 << group
      for block in 0..<count {
        let stride = group > 0 && block == 0 ? 2 : 1
        let name = "layer\(group + 1).\(block)"
        layers +=
          hasBottlenecks
          ? ResidualGroup.bottleneck(name, filters: channels, stride: stride, isFirst: block == 0)
          : ResidualGroup.block(
            name, filters: channels, stride: stride,
            shortcut: stride > 1
              ? ResidualGroup.projection(name, filters: channels, stride: stride) : .identity)
      }
    }
    layers += [.globalAveragePool, .dense("fc", neurons: classes)]
    return Architecture(
      name: "resnet\(rawValue)", input: input, classes: classes, scoreNorm: .euclidean,
      layers: layers)
  }
}

/// What residual networks are put together from.
private enum ResidualGroup {
  static func stem(filters: Int) -> [Layer] {
    [
      .convolution("conv1", filters: filters, kernel: 3, padding: 1, bias: false),
      .batchNorm("bn1"), .rectifier,
    ]
  }

  static func block(
    _ name: String, filters: Int, stride: Int, shortcut: Residual.Shortcut
  ) -> [Layer] {
    let body: [Layer] = [
      .convolution(
        name + ".conv1", filters: filters, kernel: 3, stride: stride, padding: 1, bias: false),
      .batchNorm(name + ".bn1"), .rectifier,
      .convolution(name + ".conv2", filters: filters, kernel: 3, padding: 1, bias: false),
      .batchNorm(name + ".bn2"),
    ]
    return [.residual(name, body: body, shortcut: shortcut), .rectifier]
  }

  /// 1×1, 3×3 and 1×1, the stride in the middle as in torchvision (in the paper it is in the
  /// first).
  static func bottleneck(_ name: String, filters: Int, stride: Int, isFirst: Bool) -> [Layer] {
    let body: [Layer] = [
      .convolution(name + ".conv1", filters: filters, kernel: 1, bias: false),
      .batchNorm(name + ".bn1"), .rectifier,
      .convolution(
        name + ".conv2", filters: filters, kernel: 3, stride: stride, padding: 1, bias: false),
      .batchNorm(name + ".bn2"), .rectifier,
      .convolution(name + ".conv3", filters: 4 * filters, kernel: 1, bias: false),
      .batchNorm(name + ".bn3"),
    ]
    let shortcut =
      isFirst ? projection(name, filters: 4 * filters, stride: stride) : .identity
    return [.residual(name, body: body, shortcut: shortcut), .rectifier]
  }

  static func projection(_ name: String, filters: Int, stride: Int) -> Residual.Shortcut {
    .projection([
      .convolution(
        name + ".downsample.0", filters: filters, kernel: 1, stride: stride, bias: false),
      .batchNorm(name + ".downsample.1"),
    ])
  }
}
