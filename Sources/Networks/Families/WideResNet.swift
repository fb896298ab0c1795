import Tensors

// Zagoruyko, Komodakis: "Wide residual networks", BMVC 2016, on the pre-activation blocks of He,
// Zhang, Ren, Sun: "Identity mappings in deep residual networks", ECCV 2016. Shapes and names are
// those of the authors' code for PyTorch, whose convolutions leave out the `.weight`.
//
// Deviations: the last average is taken over whatever the last maps are, not over 8×8.

/// A wide residual network: three groups of 16, 32 and 64 times `width` channels, with two
/// convolutions a block, each behind a batch norm and a rectifier. Where channels or sizes change,
/// the shortcut is projected from what the body reads; elsewhere the input itself is added.
package struct WideResNet: Sendable {
  /// Layers: 6 n + 4 for n blocks a group.
  package let depth: Int
  /// By what the channels of the narrow network are multiplied.
  package let width: Int

  static let known = [
    (WideResNet(depth: 16, width: 4), connections: 2_745_274),
    (WideResNet(depth: 22, width: 2), connections: 1_076_922),
    (WideResNet(depth: 28, width: 10), connections: 36_461_242),
  ].map { network, connections in
    KnownNetwork(
      network.name, for: .colour(32), classes: 10, connections: connections, hasDropout: true,
      network.architecture)
  }

  private var name: String { "wide-resnet-\(depth)-\(width)" }

  /// The network for images of `input` and `classes` classes.
  ///
  /// - Parameter options: the dropout between the convolutions of a block, 0 for none.
  package func architecture(
    _ input: FeatureShape, _ classes: Int, _ options: NetworkOptions
  ) -> Architecture {
    var layers: [Layer] = [
      .convolution("conv0", filters: 16, kernel: 3, padding: 1, bias: false)
    ]
    var channels = 16
    for group in 0..<3 {
      let filters = (16 << group) * width
      for block in 0..<(depth - 4) / 6 {
        layers += Self.block(
          "group\(group).block\(block)", from: channels, filters: filters,
          stride: group > 0 && block == 0 ? 2 : 1, options)
        channels = filters
      }
    }
    layers += [
      .batchNorm("bn"), .rectifier, .globalAveragePool, .dense("fc", neurons: classes),
    ]
    return Architecture(
      name: name, input: input, classes: classes, scoreNorm: .euclidean, layers: layers)
  }

  private static func block(
    _ name: String, from channels: Int, filters: Int, stride: Int, _ options: NetworkOptions
  ) -> [Layer] {
    let activated: [Layer] = [.batchNorm(name + ".bn0"), .rectifier]
    let dropout: [Layer] = options.dropout > 0 ? [.dropout(options.dropout)] : []
    let body: [Layer] =
      [
        .convolution(
          name + ".conv0", filters: filters, kernel: 3, stride: stride, padding: 1, bias: false),
        .batchNorm(name + ".bn1"), .rectifier,
      ] + dropout + [
        .convolution(name + ".conv1", filters: filters, kernel: 3, padding: 1, bias: false)
      ]
    if channels == filters {
      return [.residual(name, body: activated + body, shortcut: .identity)]
    }
    let projection = Layer.convolution(
      name + ".convdim", filters: filters, kernel: 1, stride: stride, bias: false)
    return activated + [.residual(name, body: body, shortcut: .projection([projection]))]
  }
}
