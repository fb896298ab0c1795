import Tensors

/// An architecture worked out: shapes, connections and who reads whom.
package struct Graph: Sendable {
  /// What it was worked out from.
  package let architecture: Architecture
  /// All connections.
  package private(set) var layout = ConnectionLayout(groups: [])
  /// The sets of channels in the order of their production; the input image is the first.
  package private(set) var channelSets: [ChannelSet]
  /// The convolutions: their groups and shapes.
  package private(set) var convolutions: [Convolution] = []
  /// What pruning may observe, in the order of layers.
  package private(set) var observations: [Observation] = []
  /// How many numbers these are for an image.
  package var observedCount: Int { observations.reduce(0) { $0 + $1.shape.count } }
  /// The layers, placed.
  private(set) var layers: [PlacedLayer] = []
  /// Shape of what the layer placed last puts out, and its channels' set.
  private(set) var shape: FeatureShape
  private var set = 0
  /// The later norms of the set that have been passed.
  private var norms: [Int] = []
  private var count = 0

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
    shape = architecture.input
    channelSets = [ChannelSet(channels: architecture.input.channels, producer: nil)]
    layers = place(architecture.layers)
  }

  private mutating func place(_ layers: [Layer]) -> [PlacedLayer] {
    var placed: [PlacedLayer] = []
    for layer in layers {
      count += 1
      let (number, input) = (count, shape)
      let parts = layer.declaration.place(in: &self)
      placed.append(
        PlacedLayer(
          declaration: layer.declaration, input: input, output: shape, number: number, parts: parts)
      )
    }
    return placed
  }
}

/// What layers note of themselves when they are placed.
extension Graph {
  /// Notes that the channels come out in maps of another shape.
  mutating func reshape(_ shape: FeatureShape) { self.shape = shape }

  /// Notes units that read all channels and put out channels of their own, in maps of `output`.
  mutating func read(
    _ name: String, _ kind: ConnectionGroup.Kind, inputs: Int, hasBias: Bool, output: FeatureShape
  ) -> Int {
    let group = append(name, kind, units: output.channels, inputs: inputs, hasBias: hasBias)
    channelSets[set].readers.append(
      ChannelSet.Reader(
        group: group, spread: inputs / channelSets[set].channels, norms: norms))
    observations.append(
      Observation(kind: .inputs(group: group), shape: shape))
    channelSets.append(ChannelSet(channels: output.channels, producer: group))
    (set, shape, norms) = (channelSets.count - 1, output, [])
    return group
  }

  /// Notes a convolution.
  mutating func convolve(
    _ name: String, _ shape: ConvolutionShape, hasBias: Bool
  ) -> Int {
    let group = read(
      name, .convolution(kernel: shape.kernel), inputs: shape.inputs, hasBias: hasBias,
      output: shape.output)
    convolutions.append(Convolution(group: group, shape: shape))
    return group
  }

  /// Notes a batch norm of the channels.
  mutating func normalise(_ name: String) -> Int {
    let group = append(name, .batchNorm, units: shape.channels, inputs: 0, hasBias: false)
    if channelSets[set].shortcut == nil && channelSets[set].batchNorm == nil {
      channelSets[set].batchNorm = group
    } else {
      channelSets[set].laterNorms.append(group)
      norms.append(group)
    }
    return group
  }

  /// Notes a residual block, whose `projection` (none where the input itself is added) and `body`
  /// are placed here, side by side; every `stride`-th row and column is added, in the middle
  /// channels.
  mutating func branch(
    _ name: String, body: [Layer], projection: [Layer], stride: Int
  ) -> PlacedLayer.Parts {
    let start = (shape: shape, set: set, norms: norms)
    let placedBody = place(body)
    let end = (shape: shape, set: set)
    (shape, set, norms) = start
    let placedProjection = place(projection)
    let source = (shape: shape, set: set, norms: norms)
    (shape, set, norms) = (end.shape, end.set, [])
    let channels = shape.channels
    let group = append(name + ".shortcut", .shortcut, units: channels, inputs: 0, hasBias: false)
    let margin = (channels - source.shape.channels) / 2
    channelSets[set].shortcut = ChannelSet.Shortcut(
      group: group, source: source.set, stride: stride,
      sourceChannels: (0..<channels).map { channel in
        (0..<source.shape.channels).contains(channel - margin) ? channel - margin : nil
      }, norms: source.norms)
    channelSets[source.set].shortcutReaders.append(set)
    observations.append(Observation(kind: .body(group: group), shape: shape))
    observations.append(Observation(kind: .shortcut(group: group), shape: source.shape))
    return PlacedLayer.Parts(group: group, body: placedBody, projection: placedProjection)
  }

  private mutating func append(
    _ name: String, _ kind: ConnectionGroup.Kind, units: Int, inputs: Int, hasBias: Bool
  ) -> Int {
    let group = ConnectionGroup(
      name: name, kind: kind, units: units, inputs: inputs, hasBias: hasBias,
      offset: layout.count, parameterOffset: layout.parameterCount)
    layout = ConnectionLayout(groups: layout.groups + [group])
    return layout.groups.count - 1
  }
}

extension ConnectionLayout {
  /// The connections of `architecture`.
  package init(_ architecture: Architecture) { self = Graph(architecture).layout }
}
