import Tensors

/// The second half of a batch norm: normalises, adds the shortcut and rectifies, in one pass over
/// memory. Backwards it comes first and takes the moments of the gradient.
final class BatchNormalisation: Layer {
  let norm: BatchNorm
  let shortcut: Shortcut?
  private let rectifies: Bool
  let computesInputGradient = false

  /// Of a batch norm that adds `shortcut`, if there is one, and then perhaps rectifies.
  init(_ norm: BatchNorm, adding shortcut: Shortcut?, rectifies: Bool) {
    (self.norm, self.shortcut, self.rectifies) = (norm, shortcut, rectifies)
  }

  var outputShape: FeatureShape { norm.shape }
  var isRecomputed: Bool { shortcut == nil }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    normalise(maps, blocks: blocks.count, mode: pass.mode)
  }

  func recompute(_ maps: LayerMaps) {
    normalise(maps, blocks: maps.output.capacity, mode: .training)
  }

  private func normalise(_ maps: LayerMaps, blocks: Int, mode: Pass.Mode) {
    for block in 0..<blocks {
      for channel in 0..<norm.shape.channels {
        let addend = shortcut?.source(of: channel, mode: mode).flatMap { source in
          maps.addend.map { ChannelMap($0, block: block, channel: source) }
        }
        norm.kernels.normalise(
          norm.places[channel].map {
            (ChannelMap(maps.input, block: block, channel: channel), norm.norms[$0])
          }, adding: addend, step: shortcut?.step ?? 1, rectifies: rectifies,
          into: ChannelMap(maps.output, block: block, channel: channel))
      }
    }
  }

  /// The normalised maps of the last forward pass without what is added, perhaps rectified.
  func normalised(_ input: LaneBlocks, block: Int, rectified: Bool = false) -> LaneBlocks {
    let output = LaneBlocks(shape: norm.shape, capacity: 1)
    for (index, channel) in norm.channels.enumerated() {
      norm.kernels.normalise(
        (ChannelMap(input, block: block, channel: channel), norm.norms[index]),
        rectifies: rectified && rectifies,
        into: ChannelMap(output, block: 0, channel: channel))
    }
    return output
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    guard let gradient = maps.outputGradient else { return }
    for block in blocks {
      let local = block - blocks.lowerBound
      if shortcut != nil, rectifies { closeUnnormalised(gradient, maps.output, local) }
      norm.append(pass) { index, channel in
        let moments = norm.kernels.gradientMoments(
          ChannelMap(gradient, block: local, channel: channel),
          ChannelMap(maps.input, block: local, channel: channel), norm: norm.norms[index],
          rectifies: rectifies,
          output: shortcut == nil ? nil : ChannelMap(maps.output, block: local, channel: channel),
          images: pass.run.images(in: block))
        return (moments.sum, moments.products)
      }
    }
  }

  func finishBackward(_ pass: Pass) throws { try norm.finishGradient(pass) }

  /// Where the batch norm is pruned, the shortcut alone was rectified.
  private func closeUnnormalised(_ gradient: LaneBlocks, _ output: LaneBlocks, _ block: Int) {
    for channel in 0..<norm.shape.channels where norm.places[channel] == nil {
      norm.kernels.rectifyBackward(
        ChannelMap(gradient, block: block, channel: channel),
        output: ChannelMap(output, block: block, channel: channel))
    }
  }
}
