import CKernels

extension LaneBlocks {
  /// The map of `channel` in `block`, without its halo.
  func plane(_ block: Int, _ channel: Int) -> relief_plane {
    let start = channel * planeStride + halo * rowStride + halo * Self.lanes
    return relief_plane(
      base: base(of: block) + start, row_width: rowStride / Self.lanes, height: shape.height,
      width: shape.width)
  }

  /// The maps of a block in `sheets` planes: all of them are one where no halo lies between them.
  var sheets: Range<Int> { 0..<(halo == 0 ? 1 : shape.channels) }
  func sheet(_ block: Int, _ index: Int) -> relief_plane {
    guard halo == 0 else { return plane(block, index) }
    return relief_plane(
      base: base(of: block), row_width: shape.width, height: shape.channels * shape.height,
      width: shape.width)
  }

  fileprivate func requireChannels(of other: LaneBlocks) {
    precondition(
      shape.channels == other.shape.channels,
      "maps of \(shape.channels) and \(other.shape.channels) channels")
  }

  func requireShape(of other: LaneBlocks) {
    precondition(shape == other.shape, "maps of \(shape) and \(other.shape)")
  }
}

extension KernelSet {
  /// y = the largest of each `size` × `size` square of x; rows and columns that fill none are left
  /// out.
  package func maxPool(_ x: LaneBlocks, into y: LaneBlocks, size: Int, blocks: Int) {
    y.requireChannels(of: x)
    forEachPlane(x, blocks) { functions.max_pool(y.plane($0, $1), x.plane($0, $1), size) }
  }

  /// The gradient of `maxPool` by x: all of it goes to the first of equals.
  package func maxPoolBackward(
    _ dy: LaneBlocks, x: LaneBlocks, into dx: LaneBlocks, size: Int, blocks: Int
  ) {
    dx.requireShape(of: x)
    forEachPlane(x, blocks) {
      functions.max_pool_backward(dx.plane($0, $1), dy.plane($0, $1), x.plane($0, $1), size)
    }
  }

  /// y_c = the mean of x over the positions of channel c.
  package func averagePool(_ x: LaneBlocks, into y: LaneBlocks, blocks: Int) {
    y.requireChannels(of: x)
    forEachPlane(x, blocks) { functions.average_pool(y.plane($0, $1).base, x.plane($0, $1)) }
  }

  /// The gradient of `averagePool` by x: dy over the number of positions, everywhere.
  package func averagePoolBackward(_ dy: LaneBlocks, into dx: LaneBlocks, blocks: Int) {
    dx.requireChannels(of: dy)
    let share = 1 / Float(dx.shape.height * dx.shape.width)
    forEachPlane(dx, blocks) {
      functions.plane_fill(dx.plane($0, $1), dy.plane($0, $1).base, share)
    }
  }

  /// Channel `from` of x, every `stride`-th row and column, put to (or added to) channel `to` of y.
  package func addChannel(
    _ from: Int, of x: LaneBlocks, to channel: Int, of y: LaneBlocks, stride: Int = 1,
    onto: Bool = true,
    blocks: Int
  ) {
    for block in 0..<blocks {
      functions.plane_add(y.plane(block, channel), x.plane(block, from), 1, stride, onto)
    }
  }

  /// Channel `from` of x added to every `stride`-th row and column of channel `to` of y: the
  /// gradient of `addChannel`.
  package func addChannelBackward(
    _ from: Int, of x: LaneBlocks, to channel: Int, of y: LaneBlocks, stride: Int = 1, blocks: Int
  ) {
    for block in 0..<blocks {
      functions.plane_add(y.plane(block, channel), x.plane(block, from), stride, 1, true)
    }
  }

  /// Makes `channel` of x zero.
  package func clearChannel(_ channel: Int, of x: LaneBlocks, blocks: Int) {
    for block in 0..<blocks { functions.plane_clear(x.plane(block, channel)) }
  }

  /// x = x <= 0 ? 0 : x in the first `blocks` lane blocks.
  package func rectify(_ x: LaneBlocks, blocks: Int) {
    for block in 0..<blocks {
      for index in x.sheets { functions.plane_rectify(x.sheet(block, index)) }
    }
  }

  /// dy = y <= 0 ? 0 : dy, the gradient of `rectify` at its output y.
  package func rectifyBackward(_ gradient: LaneBlocks, output: LaneBlocks, blocks: Int) {
    gradient.requireShape(of: output)
    precondition(
      gradient.halo == output.halo, "halos of \(gradient.halo) and \(output.halo)")
    for block in 0..<blocks {
      for index in gradient.sheets {
        functions.plane_rectify_backward(gradient.sheet(block, index), output.sheet(block, index))
      }
    }
  }

  /// Σ over the first `images` lanes of |x| for every feature of `block`, channel by channel.
  package func absoluteSums(_ x: LaneBlocks, block: Int, images: Int) -> [Double] {
    [Double](unsafeUninitializedCapacity: x.shape.count) { sums, count in
      count = x.shape.count
      guard let base = sums.baseAddress else { return }
      var start = 0
      for index in x.sheets {
        let plane = x.sheet(block, index)
        functions.plane_absolute_sums(base + start, plane, images)
        start += plane.height * plane.width
      }
    }
  }

  private func forEachPlane(_ x: LaneBlocks, _ blocks: Int, _ body: (Int, Int) -> Void) {
    for block in 0..<blocks {
      for channel in 0..<x.shape.channels { body(block, channel) }
    }
  }
}
