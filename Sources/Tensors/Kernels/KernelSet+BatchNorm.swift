import CKernels

extension KernelSet {
  /// Appends Σ(x − center) and Σ(x − center)² over the positions of each of `channels` and the
  /// first `images` lanes of `block`, `[channel][2]`, to `partials`.
  package func moments(
    _ x: LaneBlocks, block: Int, channels: [Int], centers: [Float], images: Int,
    to partials: inout BlockPartials
  ) {
    partials.appendBlock { sums in
      for (index, channel) in channels.enumerated() {
        functions.plane_moments(sums + 2 * index, x.plane(block, channel), centers[index], images)
      }
    }
  }

  /// y = γ x̂ + β (0 in pruned channels) + every `stride`-th row and column of the channel of
  /// `addend` that `sources` names (−1: nothing), then perhaps max(0, y), in `block`.
  package func normalise(
    _ x: LaneBlocks, _ norms: ChannelNorms,
    adding addend: (LaneBlocks, sources: [Int], stride: Int)?,
    rectifies: Bool, into y: LaneBlocks, block: Int
  ) {
    y.requireShape(of: x)
    precondition(
      norms.places.count == x.shape.channels
        && addend?.sources.count ?? x.shape.channels == x.shape.channels,
      "norms of \(norms.places.count) channels for maps of \(x.shape)")
    for channel in 0..<x.shape.channels {
      let place = norms.places[channel]
      var added = relief_plane()
      if let addend, addend.sources[channel] >= 0 {
        added = addend.0.plane(block, addend.sources[channel])
      }
      functions.plane_normalise(
        y.plane(block, channel), place < 0 ? relief_plane() : x.plane(block, channel), added,
        addend?.stride ?? 1, place < 0 ? relief_norm() : norms.norms[place], rectifies)
    }
  }

  /// Appends Σdy and Σdy·x̂ over the positions of each surviving channel and the first `images`
  /// lanes of `block`, `[surviving channel][2]`, to `partials`.
  ///
  /// Behind a rectifier dy counts where that was open: where γ x̂ + β > 0 or, when more was added,
  /// where the rectifier's `output` > 0; in that case dy becomes 0 elsewhere, in pruned channels,
  /// too.
  package func gradientMoments(
    _ dy: LaneBlocks, _ x: LaneBlocks, _ norms: ChannelNorms, rectifies: Bool, output: LaneBlocks?,
    block: Int, images: Int, to partials: inout BlockPartials
  ) {
    if let output, rectifies {
      for channel in norms.places.indices where norms.places[channel] < 0 {
        functions.plane_rectify_backward(dy.plane(block, channel), output.plane(block, channel))
      }
    }
    partials.appendBlock { sums in
      for (index, channel) in norms.channels.enumerated() {
        functions.plane_gradient_moments(
          sums + 2 * index, dy.plane(block, channel), x.plane(block, channel),
          output?.plane(block, channel) ?? relief_plane(), norms.norms[index], rectifies, images)
      }
    }
  }

  /// The gradient of x in the first `images` lanes of `block`, 0 in the others and in pruned
  /// channels, or, where it `adds`, that added to dx; with `rectifies` dy counts only where γ x̂ +
  /// β > 0.
  package func normaliseBackward(
    _ dy: LaneBlocks, _ x: LaneBlocks, _ norms: ChannelNorms, rectifies: Bool,
    into dx: LaneBlocks, adds: Bool = false, block: Int, images: Int
  ) {
    dx.requireShape(of: x)
    for channel in 0..<x.shape.channels {
      let place = norms.places[channel]
      if place < 0 {
        if !adds { functions.plane_clear(dx.plane(block, channel)) }
      } else {
        functions.plane_combine(
          dx.plane(block, channel), dy.plane(block, channel), x.plane(block, channel),
          norms.norms[place], rectifies, norms.combinations[place], adds, images)
      }
    }
  }

  /// x = factor · x + summand in the first `images` lanes of one channel of `block`, 0 in the
  /// others.
  package func scale(
    _ x: LaneBlocks, block: Int, channel: Int, factor: Float, summand: Float, images: Int
  ) {
    let plane = x.plane(block, channel)
    functions.plane_combine(
      plane, plane, plane, relief_norm(), false,
      relief_combination(gradient: factor, input: 0, summand: summand), false, images)
  }
}

extension KernelSet {
  /// Channel `channel` of y = factor · a channel of x (0 without) + summand + every `stride`-th row
  /// and column of a channel of `addend`, then perhaps max(0, y), in `block`.
  package func combine(
    _ channel: Int, of y: LaneBlocks, block: Int, scaling x: (channel: Int, LaneBlocks, Float)?,
    summand: Float, adding addend: (channel: Int, LaneBlocks, stride: Int)?, rectifies: Bool
  ) {
    let output = y.plane(block, channel)
    let added = addend.map { $0.1.plane(block, $0.channel) } ?? relief_plane()
    let norm = relief_norm(
      mean: 0, inverse_deviation: 1, factor: x?.2 ?? 0, summand: summand)
    var input = x.map { $0.1.plane(block, $0.channel) } ?? relief_plane()
    if x == nil, summand != 0 {
      // The summand counts only beside an x.
      functions.plane_clear(output)
      input = output
    }
    functions.plane_normalise(output, input, added, addend?.stride ?? 1, norm, rectifies)
  }
}
