import Tensors

/// A layer with its place in the network.
struct PlacedLayer: Sendable, Equatable {
  /// What it is.
  let declaration: LayerDeclaration
  /// Shapes of one image before and behind it.
  let input, output: FeatureShape
  /// Its number among all layers, in the order they are placed.
  let number: Int
  /// Its group of connections, if it has one.
  let group: Int?
  /// The layers of a residual block's body and projection.
  var body: [PlacedLayer] = []
  var projection: [PlacedLayer] = []
}

/// An architecture worked out: shapes, connections and who reads whom.
package struct Blueprint: Sendable, Equatable {
  /// What it was worked out from.
  package let architecture: Architecture
  /// All connections.
  package private(set) var layout: ConnectionLayout
  /// The sets of channels in the order of their production; the input image is the first.
  package private(set) var channelSets: [ChannelSet]
  /// The convolutions: their groups and shapes.
  package private(set) var convolutions: [Convolution] = []
  private(set) var layers: [PlacedLayer] = []
  private var placedCount = 0

  /// A convolution of the network.
  package struct Convolution: Sendable, Equatable {
    /// Its group's place in the layout.
    package let group: Int
    /// Its shape.
    package let shape: ConvolutionShape
  }

  /// Works out `architecture`.
  package init(_ architecture: Architecture) {
    self.architecture = architecture
    self.layout = ConnectionLayout(groups: [])
    self.channelSets = [ChannelSet(channels: architecture.input.channels, producer: nil)]
    var position = Position(shape: architecture.input, set: 0)
    self.layers = place(architecture.layers, &position)
  }

  /// Where the walk through the layers stands.
  private struct Position {
    var shape: FeatureShape
    var set: Int
  }

  private mutating func place(
    _ declarations: [LayerDeclaration], _ position: inout Position
  ) -> [PlacedLayer] {
    var placed: [PlacedLayer] = []
    for declaration in declarations { placed.append(place(declaration, &position)) }
    return placed
  }

  private mutating func place(
    _ declaration: LayerDeclaration, _ position: inout Position
  ) -> PlacedLayer {
    let input = position.shape
    placedCount += 1
    var group: Int?
    switch declaration {
    case .convolution(let name, let filters, let kernel, _, _, let bias):
      let shape = ConvolutionShape(declaration, input: input)
      position.shape = shape.output
      let index = read(
        name, .convolution(kernel: kernel), units: filters, inputs: input.channels, bias: bias,
        &position)
      convolutions.append(Convolution(group: index, shape: shape))
      group = index
    case .dense(let name, let neurons):
      position.shape = FeatureShape(channels: neurons)
      group = read(name, .dense, units: neurons, inputs: input.count, bias: true, &position)
    case .batchNorm(let name):
      group = append(name, .batchNorm, units: input.channels, inputs: 0, connectionsPerUnit: 1)
      channelSets[position.set].batchNorm = group
    case .maxPool(let size):
      position.shape = FeatureShape(
        channels: input.channels, height: input.height / size, width: input.width / size)
    case .globalAveragePool:
      position.shape = FeatureShape(channels: input.channels)
    case .rectifier, .dropout:
      break
    case .residual(let name, let body, let shortcut):
      return placeResidual(declaration, name, body, shortcut, &position)
    }
    return PlacedLayer(
      declaration: declaration, input: input, output: position.shape, number: placedCount,
      group: group)
  }

  private mutating func placeResidual(
    _ declaration: LayerDeclaration, _ name: String, _ body: [LayerDeclaration],
    _ shortcut: ShortcutDeclaration, _ position: inout Position
  ) -> PlacedLayer {
    requireConvolution(body, of: name)
    let start = position
    let placedBody = place(body, &position)
    var source = start
    var projection: [PlacedLayer] = []
    if case .projection(let declarations) = shortcut {
      requireConvolution(declarations, of: name)
      projection = place(declarations, &source)
    }
    let channels = position.shape.channels
    let group = append(
      name + ".shortcut", .shortcut, units: channels, inputs: 0, connectionsPerUnit: 1)
    let margin = (channels - source.shape.channels) / 2
    channelSets[position.set].shortcut = ChannelSet.Shortcut(
      group: group, source: source.set,
      sourceChannels: (0..<channels).map { channel in
        (0..<source.shape.channels).contains(channel - margin) ? channel - margin : nil
      })
    channelSets[source.set].shortcutReaders.append(position.set)
    return PlacedLayer(
      declaration: declaration, input: start.shape, output: position.shape, number: placedCount,
      group: group, body: placedBody, projection: projection)
  }

  /// The gradients of body and shortcut add up in one map, and only convolutions add theirs.
  private func requireConvolution(_ layers: [LayerDeclaration], of block: String) {
    guard case .convolution = layers.first else {
      preconditionFailure("\(block): body and projection must begin with a convolution")
    }
  }

  /// A new group that reads the present channels and puts out channels of its own.
  private mutating func read(
    _ name: String, _ kind: ConnectionGroup.Kind, units: Int, inputs: Int, bias: Bool,
    _ position: inout Position
  ) -> Int {
    let group = append(
      name, kind, units: units, inputs: inputs, connectionsPerUnit: inputs + (bias ? 1 : 0))
    let channels = channelSets[position.set].channels
    channelSets[position.set].readers.append(
      ChannelSet.Reader(group: group, spread: inputs / channels))
    channelSets.append(ChannelSet(channels: units, producer: group))
    position.set = channelSets.count - 1
    return group
  }

  private mutating func append(
    _ name: String, _ kind: ConnectionGroup.Kind, units: Int, inputs: Int, connectionsPerUnit: Int
  ) -> Int {
    let group = ConnectionGroup(
      name: name, kind: kind, units: units, inputs: inputs,
      connectionsPerUnit: connectionsPerUnit, offset: layout.count,
      parameterOffset: layout.parameterCount)
    layout = ConnectionLayout(groups: layout.groups + [group])
    return layout.groups.count - 1
  }
}

extension ConnectionLayout {
  /// The connections of `architecture`.
  package init(_ architecture: Architecture) { self = Blueprint(architecture).layout }
}

extension ConvolutionShape {
  /// The shape of a declared convolution over maps of `input`.
  init(_ declaration: LayerDeclaration, input: FeatureShape) {
    guard case .convolution(_, let filters, let kernel, let stride, let padding, _) = declaration
    else { preconditionFailure("\(declaration) is no convolution") }
    self.init(
      inputs: input.channels, height: input.height, width: input.width, filters: filters,
      kernel: kernel, stride: stride, padding: padding)
  }
}
