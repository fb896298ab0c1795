import Networks
import Tensors

/// Puts a small random architecture together, layer by layer.
package struct RandomStack {
  /// The layer that a stack is put together around.
  package enum Kind: String, CaseIterable, Sendable {
    case dense, convolution, batchNorm, rectifier, maxPool, globalAveragePool, dropout
    case identityShortcut, paddedShortcut, projectedShortcut, wholeVGG, wholeResNet
    case preActivation, activation
  }

  private let input: FeatureShape
  private var shape: FeatureShape
  private var layers: [Layer] = []
  private var isFlat = false
  private var named = 0

  /// The blocks of a whole ResNet, some of them in a row.
  private static let blocks: [Kind] = [
    .identityShortcut, .identityShortcut, .paddedShortcut, .projectedShortcut, .identityShortcut,
  ]

  private init(using random: inout SeededRandom) {
    input = FeatureShape(
      channels: .random(in: 1...3, using: &random), height: .random(in: 2...7, using: &random),
      width: .random(in: 2...7, using: &random))
    shape = input
  }

  /// A stack around `kind`, that layer sometimes being the first.
  package static func architecture(_ kind: Kind, using random: inout SeededRandom) -> Architecture {
    var stack = RandomStack(using: &random)
    let classes = Int.random(in: 2...4, using: &random)
    if kind == .wholeVGG { return vgg(stack.input, classes, using: &random) }
    let isFirst = Bool.random(using: &random)
    let worksInPlace = kind == .rectifier || kind == .dropout || kind == .activation
    if worksInPlace || kind != .dense && !isFirst {
      stack.convolve(using: &random)
    }
    stack.add(kind, using: &random)
    stack.finish(classes, using: &random)
    return Architecture(
      name: kind.rawValue, input: stack.input, classes: classes, layers: stack.layers)
  }

  private mutating func add(_ kind: Kind, using random: inout SeededRandom) {
    switch kind {
    case .dense:
      isFlat = true
      for _ in 0..<Int.random(in: 0...2, using: &random) { connect(using: &random) }
    case .convolution:
      for _ in 0..<Int.random(in: 1...2, using: &random) { convolve(using: &random) }
    case .batchNorm: normalise(rectifies: .random(using: &random))
    case .rectifier: layers.append(.rectifier)
    case .maxPool: pool(using: &random)
    case .globalAveragePool: average()
    case .dropout:
      layers.append(.dropout(.random(in: 0...0.7, using: &random)))
      convolve(using: &random)
      layers.append(.dropout(.random(in: 0...0.7, using: &random)))
    case .identityShortcut, .paddedShortcut, .projectedShortcut: residual(kind, using: &random)
    case .wholeResNet:
      normalise(rectifies: true)
      for kind in Self.blocks {
        residual(kind, using: &random)
        layers.append(.rectifier)
      }
      average()
    case .preActivation:
      for _ in 0..<3 { preActivated(using: &random) }
      normalise(rectifies: true)
    case .activation:
      activate(using: &random)
      convolve(using: &random)
      normalise(rectifies: false)
      activate(using: &random)
      residual(.identityShortcut, startsSmooth: true, using: &random)
      activate(using: &random)
      if Bool.random(using: &random) {
        average()
        connect(using: &random)
        activate(using: &random)
      }
    case .wholeVGG: break
    }
  }

  private mutating func activate(using random: inout SeededRandom) {
    let slope = Float.random(in: 0.01...0.5, using: &random)
    layers.append(
      [.leakyRectifier(slope), .gelu, .silu].randomElement(using: &random) ?? .gelu)
  }

  private mutating func name() -> String {
    named += 1
    return "layer\(named)"
  }

  private mutating func append(_ layer: Layer) {
    layers.append(layer)
    if layer.declaration is Convolution { shape = Self.shape(after: layer, shape) }
  }

  private static func shape(after layer: Layer, _ shape: FeatureShape) -> FeatureShape {
    guard let layer = layer.declaration as? Convolution else { return shape }
    func count(_ size: Int) -> Int { (size + 2 * layer.padding - layer.kernel) / layer.stride + 1 }
    return FeatureShape(
      channels: layer.filters, height: count(shape.height), width: count(shape.width))
  }

  /// A convolution of any kernel that fits, with a rectifier after it or not.
  private mutating func convolve(using random: inout SeededRandom) {
    let padding = Int.random(in: 0...2, using: &random)
    let largest = min(shape.height, shape.width) + 2 * padding
    let kernel = [1, 3, 5].filter { $0 <= largest }.randomElement(using: &random) ?? 1
    append(
      .convolution(
        name(), filters: .random(in: 1...4, using: &random), kernel: kernel,
        stride: .random(in: 1...2, using: &random), padding: padding,
        bias: .random(using: &random)))
    if Bool.random(using: &random) { layers.append(.rectifier) }
  }

  private mutating func normalise(rectifies: Bool) {
    layers.append(.batchNorm(name()))
    if rectifies { layers.append(.rectifier) }
  }

  private mutating func pool(using random: inout SeededRandom) {
    let size = Int.random(in: 1...min(3, shape.height, shape.width), using: &random)
    layers.append(.maxPool(size))
    shape = FeatureShape(
      channels: shape.channels, height: shape.height / size, width: shape.width / size)
  }

  private mutating func average() {
    isFlat = true
    layers.append(.globalAveragePool)
    shape = FeatureShape(channels: shape.channels)
  }

  private mutating func connect(using random: inout SeededRandom) {
    shape = FeatureShape(channels: .random(in: 1...7, using: &random))
    layers.append(.dense(name(), neurons: shape.channels))
    if Bool.random(using: &random) { layers.append(.rectifier) }
  }

  /// Logits that depend on every position of the maps in another way. The kernels of 1 × 1 need no
  /// zeros around their gradients, as what a dense layer reads must not.
  private mutating func finish(_ classes: Int, using random: inout SeededRandom) {
    if !isFlat {
      let filters = Int.random(in: 2...3, using: &random)
      append(.convolution(name(), filters: filters, kernel: 1, bias: .random(using: &random)))
    }
    layers.append(.dense(name(), neurons: classes))
  }
}

extension RandomStack {
  /// A block like those of ResNets, with all kinds of middle.
  private mutating func residual(
    _ kind: Kind, startsSmooth: Bool = false, using random: inout SeededRandom
  ) {
    let source = shape
    let stride = kind == .identityShortcut ? 1 : Int.random(in: 1...2, using: &random)
    let filters =
      kind == .identityShortcut
      ? source.channels : source.channels + Int.random(in: 0...3, using: &random)
    let outer = layers
    layers = startsSmooth ? [Bool.random(using: &random) ? .gelu : .silu] : []
    append(
      .convolution(
        name(), filters: .random(in: 1...3, using: &random), kernel: 3, stride: stride, padding: 1,
        bias: .random(using: &random)))
    if Int.random(in: 0...3, using: &random) > 0 { normalise(rectifies: .random(using: &random)) }
    let kernel = Bool.random(using: &random) ? 3 : 5
    append(
      .convolution(name(), filters: filters, kernel: kernel, padding: kernel / 2, bias: false))
    normalise(rectifies: false)
    let body = layers
    layers =
      outer + [
        .residual(
          name(), body: body, shortcut: shortcut(kind, filters: filters, stride: stride))
      ]
  }

  /// A block that normalises and rectifies before each convolution and leaves the sum as it is.
  /// (He, Zhang, Ren, Sun: "Identity mappings in deep residual networks", ECCV 2016.)
  private mutating func preActivated(using random: inout SeededRandom) {
    let isProjected = Bool.random(using: &random)
    if isProjected { normalise(rectifies: true) }
    let (outer, source) = (layers, shape)
    layers = []
    if !isProjected { normalise(rectifies: true) }
    append(
      .convolution(
        name(), filters: .random(in: 1...3, using: &random), kernel: 3, padding: 1, bias: false))
    normalise(rectifies: .random(using: &random))
    let filters = isProjected ? Int.random(in: 1...4, using: &random) : source.channels
    append(
      .convolution(name(), filters: filters, kernel: 3, padding: 1, bias: .random(using: &random)))
    let body = layers
    let projection = Layer.convolution(name(), filters: filters, kernel: 1, bias: false)
    layers =
      outer + [
        .residual(
          name(), body: body, shortcut: isProjected ? .projection([projection]) : .identity)
      ]
    if Bool.random(using: &random) { layers.append(.rectifier) }
  }

  private mutating func shortcut(
    _ kind: Kind, filters: Int, stride: Int
  ) -> Residual.Shortcut {
    switch kind {
    case .identityShortcut: .identity
    case .paddedShortcut: .padded(channels: filters, stride: stride)
    default:
      .projection([
        .convolution(name(), filters: filters, kernel: 1, stride: stride, bias: false),
        .batchNorm(name()),
      ])
    }
  }

  /// VGG-like with few filters.
  private static func vgg(
    _ input: FeatureShape, _ classes: Int, using random: inout SeededRandom
  ) -> Architecture {
    let shape = FeatureShape(
      channels: input.channels, height: .random(in: 4...9, using: &random),
      width: .random(in: 4...9, using: &random))
    let widths = [[3], [4, 2]]
    return VGG.like.architecture(
      shape, classes, widths: widths, dropout: .random(in: 0.1...0.6, using: &random))
  }
}
