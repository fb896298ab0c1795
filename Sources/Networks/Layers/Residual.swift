import Tensors

// He, Zhang, Ren, Sun: "Deep residual learning for image recognition", CVPR 2016.

/// A residual block: body(x) + shortcut(x), channel by channel of the body where the shortcut
/// survives.
package struct Residual: LayerDeclaration {
  /// The way around a residual block's body.
  package enum Shortcut: Sendable, Hashable {
    /// x.
    case identity
    /// Every `stride`-th row and column of x, its channels in the middle of `channels`, the others
    /// 0.
    case padded(channels: Int, stride: Int)
    /// Layers of its own, as a convolution and a batch norm.
    case projection([Layer])
  }

  /// Its shortcut's connections are `name.shortcut`.
  package let name: String
  /// What the block computes.
  package let body: [Layer]
  /// What is added to that.
  package let shortcut: Shortcut

  private var projection: [Layer] {
    if case .projection(let layers) = shortcut { layers } else { [] }
  }

  /// Rows and columns from one that is added to the next.
  private var stride: Int {
    if case .padded(_, let stride) = shortcut { stride } else { 1 }
  }

  /// Notes the layers of both ways, and the shortcut's connections.
  package func place(in graph: inout Graph) -> PlacedLayer.Parts {
    for first in [body.first, projection.first].compactMap({ $0 }) {
      precondition(
        first.declaration.addsGradient,
        "\(name): \(first) comes first, whose gradient cannot be added to that of another way")
    }
    return graph.branch(name, body: body, projection: projection, stride: stride)
  }

  /// Appends both ways and the sum, which is part of the batch norm before it where there is one.
  package func append(_ layer: PlacedLayer, to program: inout ProgramBuilder, input: Int) -> Int {
    let source = program.append(layer.parts.projection, input: input)
    let map = program.append(layer.parts.body, input: input)
    let channels = channels(layer, program.network)
    if program.fuse(adding: channels, of: source, into: map) { return map }
    let sum = ResidualSum(channels, shape: layer.output, kernels: program.network.kernels)
    return program.append(sum, for: layer, input: map, addend: source)
  }

  private func channels(_ layer: PlacedLayer, _ network: Network) -> ShortcutChannels {
    guard let group = layer.parts.group else { preconditionFailure("\(name) has no shortcut") }
    let kept = Set(network.keptUnits(network.layout.groups[group]))
    let sets = network.graph.channelSets
    let sources = sets.compactMap(\.shortcut).first { $0.group == group }?.sourceChannels ?? []
    return ShortcutChannels(
      group: group,
      channels: sources.enumerated().compactMap { target, source in
        source.map {
          ShortcutChannels.Channel(from: $0, to: target, isKept: kept.contains(target))
        }
      }, stride: stride, outputChannels: layer.output.channels)
  }

  /// Appends both ways and the sum.
  package func infer(_ layer: PlacedLayer, in graph: inout InferenceBuilder, input: Int) -> Int {
    let source = graph.append(layer.parts.projection, input: input)
    let map = graph.append(layer.parts.body, input: input)
    let channels = channels(layer, graph.network).sources(.evaluation)
    let sum = ChannelSum(
      terms: [
        ChannelSum.Term(channels: channels.indices.map { $0 }, stride: 1),
        ChannelSum.Term(channels: channels.map { $0 < 0 ? nil : $0 }, stride: stride),
      ], summands: [Float](repeating: 0, count: channels.count))
    return graph.append(.sum(sum), for: layer, inputs: [map, source])
  }
}

extension Layer {
  /// body(x) + shortcut(x).
  package static func residual(
    _ name: String, body: [Layer], shortcut: Residual.Shortcut
  ) -> Layer {
    Layer(Residual(name: name, body: body, shortcut: shortcut))
  }
}
