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
    let addend = shortcut.flatMap { shortcut in
      maps.addend.map { ($0, sources: shortcut.sources(mode), step: shortcut.step) }
    }
    for block in 0..<blocks {
      norm.kernels.normalise(
        maps.input, norm.norms, adding: addend, rectifies: rectifies, into: maps.output,
        block: block)
    }
  }

  /// The normalised maps of `block` in the last forward pass without what is added, perhaps rectified.
  func normalised(_ input: LaneBlocks, block: Int, rectified: Bool = false) -> LaneBlocks {
    let output = LaneBlocks(shape: norm.shape, capacity: 1)
    norm.kernels.normalise(
      LaneBlocks(input, block: block), norm.norms, adding: nil,
      rectifies: rectified && rectifies, into: output, block: 0)
    return output
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    guard let gradient = maps.outputGradient else { return }
    if blocks.lowerBound == 0 { norm.begin(pass) }
    for block in blocks {
      norm.kernels.gradientMoments(
        gradient, maps.input, norm.norms, rectifies: rectifies,
        output: shortcut == nil ? nil : maps.output, block: block - blocks.lowerBound,
        images: pass.run.images(in: block), to: &norm.partials)
    }
  }

  func finishBackward(_ pass: Pass) throws { try norm.finishGradient(pass) }
}
