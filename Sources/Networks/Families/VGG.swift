import Tensors

// Simonyan, Zisserman: "Very deep convolutional networks for large-scale image recognition",
// ICLR 2015.
//
// Deviations: a batch norm after each convolution; a head of 512 neurons a layer with dropout
// before each; maps that are larger than 1×1 at the end (64×64 images) are averaged. VGG-like has
// the convolutions of VGG-16 and one hidden layer (Zagoruyko, "92.45% on CIFAR-10 in Torch", 2015).

/// The VGG networks, by the layers that have weights.
package enum VGG: String, Sendable, CaseIterable {
  case vgg11, vgg13, vgg16, vgg19
  case like = "vgg-like"

  /// Filters of the convolutions, group by group; each group ends with a 2×2 maximum.
  package var widths: [[Int]] {
    let repeats: [Int] =
      switch self {
      case .vgg11: [1, 1, 2, 2, 2]
      case .vgg13: [2, 2, 2, 2, 2]
      case .vgg16, .like: [2, 2, 3, 3, 3]
      case .vgg19: [2, 2, 4, 4, 4]
      }
    return zip(repeats, [64, 128, 256, 512, 512]).map { [Int](repeating: $1, count: $0) }
  }

  /// Weights and biases for images of 32 × 32 in 10 classes.
  private var connections: Int {
    switch self {
    case .vgg11: 9_750_922
    case .vgg13: 9_935_434
    case .vgg16: 15_245_130
    case .vgg19: 20_554_826
    case .like: 14_982_474
    }
  }

  private var hiddenLayers: Int { self == .like ? 1 : 2 }

  static let known = allCases.map { network in
    KnownNetwork(
      network.rawValue, for: .colour(32), classes: 10, smallestSide: 1 << network.widths.count,
      connections: network.connections
    ) { network.architecture($0, $1) }
  }

  /// The network for images of `input` and `classes` classes.
  ///
  /// - Parameters:
  ///   - widths: other filters than the paper's.
  ///   - dropout: the probability that a feature of the head is dropped.
  package func architecture(
    _ input: FeatureShape, _ classes: Int, widths: [[Int]]? = nil, dropout: Double = 0.5
  ) -> Architecture {
    let widths = widths ?? self.widths
    let needsMean = input.height >> widths.count > 1 || input.width >> widths.count > 1
    return Architecture(
      name: rawValue, input: input, classes: classes, scoreNorm: .euclidean,
      layers: Self.features(widths) + (needsMean ? [.globalAveragePool] : [])
        + head(classes, dropout))
  }

  private static func features(_ widths: [[Int]]) -> [Layer] {
    var layers: [Layer] = []
    for group in widths {
      for filters in group {
        layers += [
          .convolution("features.\(layers.count)", filters: filters, kernel: 3, padding: 1),
          .batchNorm("features.\(layers.count + 1)"), .rectifier,
        ]
      }
      layers.append(.maxPool(2))
    }
    return layers
  }

  private func head(_ classes: Int, _ dropout: Double) -> [Layer] {
    var layers: [Layer] = []
    for _ in 0..<hiddenLayers {
      layers += [
        .dropout(dropout), .dense("classifier.\(layers.count + 1)", neurons: 512), .rectifier,
      ]
    }
    return layers + [.dense("classifier.\(layers.count)", neurons: classes)]
  }
}
