import Tensors

/// The first half of a batch norm: takes the moments of its input. Backwards it comes last and makes the
/// gradient of the input.
final class BatchMoments: Layer {
  private let norm: BatchNorm
  let shortcut: Shortcut?
  private let rectifies: Bool
  let computesOutput = false

  /// Of a batch norm that adds `shortcut`, if there is one, and then perhaps rectifies.
  init(_ norm: BatchNorm, adding shortcut: Shortcut?, rectifies: Bool) {
    (self.norm, self.shortcut, self.rectifies) = (norm, shortcut, rectifies)
  }

  var outputShape: FeatureShape { norm.shape }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    guard pass.mode == .training else { return }
    for block in blocks {
      norm.append(pass) { index, channel in
        let moments = norm.kernels.moments(
          ChannelMap(maps.input, block: block - blocks.lowerBound, channel: channel),
          center: norm.center(index, pass), images: pass.run.images(in: block))
        return (moments.sum, moments.squares)
      }
    }
  }

  func finishForward(_ pass: Pass) throws { try norm.finishMoments(pass) }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    guard let gradient = maps.outputGradient, let inputGradient = maps.inputGradient else { return }
    for block in blocks {
      let local = block - blocks.lowerBound
      for channel in 0..<norm.shape.channels {
        let target = ChannelMap(inputGradient, block: local, channel: channel)
        guard let index = norm.places[channel] else {
          norm.kernels.clear(target)
          continue
        }
        norm.kernels.combine(
          ChannelMap(gradient, block: local, channel: channel),
          ChannelMap(maps.input, block: local, channel: channel), into: target,
          behindRectifierOf: rectifies && shortcut == nil ? norm.norms[index] : nil,
          factors: norm.combinations[index], images: pass.run.images(in: block))
      }
    }
    if let shortcut, let target = maps.addendGradient {
      shortcut.backward(gradient, into: target, blocks: blocks.count, kernels: norm.kernels)
    }
  }
}
