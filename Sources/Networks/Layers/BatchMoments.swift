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
    if blocks.lowerBound == 0 { norm.begin(pass) }
    for block in blocks {
      norm.kernels.moments(
        maps.input, block: block - blocks.lowerBound, channels: norm.channels,
        centers: norm.centers, images: pass.run.images(in: block), to: &norm.partials)
    }
  }

  func finishForward(_ pass: Pass) throws { try norm.finishMoments(pass) }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    guard let gradient = maps.outputGradient, let inputGradient = maps.inputGradient else { return }
    for block in blocks {
      norm.kernels.normaliseBackward(
        gradient, maps.input, norm.norms, rectifies: rectifies && shortcut == nil,
        into: inputGradient, block: block - blocks.lowerBound, images: pass.run.images(in: block))
    }
    if let shortcut, let target = maps.addendGradient {
      shortcut.backward(gradient, into: target, blocks: blocks.count, kernels: norm.kernels)
    }
  }
}
