import CKernels

/// The three products of a convolution, over its surviving kernels.
///
/// x is `[block][input][height][width][16]`, y `[block][filter][outputHeight][outputWidth][16]`,
/// each with its halo. Weights and gradients are in list order: filter by filter the surviving
/// kernels K_ji `[kernel][kernel]` with inputs i ascending, then the bias b_j if it survives.
/// Pixels off the map are 0.
package protocol ConvolutionProducts: LayerProducts {
  /// y_j(r, c) = Σ_i Σ_uv K_ji(u, v) x_i(stride · r + u − padding, stride · c + v − padding) + b_j.
  ///
  /// The halo of x must be at least the padding.
  func forward(_ x: LaneBlocks, into y: LaneBlocks, weights: FloatSlice, blocks: Int)
  /// ∂x_i(r, c) = Σ_j Σ_uv K_ji(u, v) ∂y_j((r − u + padding) / stride, (c − v + padding) / stride)
  /// where these are whole numbers, 0 where no output sees the pixel.
  ///
  /// The halo of ∂y must be at least the shape's `gradientHalo`.
  func backward(
    _ dy: LaneBlocks, into dx: LaneBlocks, adds: Bool, weights: FloatSlice, blocks: Int)
  /// ∂K_ji(u, v) = Σ_lanes Σ_rc ∂y_j(r, c) x_i(stride · r + u − padding, stride · c + v − padding)
  /// and ∂b_j = Σ_lanes Σ_rc ∂y_j(r, c) for every block, summed over blocks to one partial a
  /// subtree of `share`, put from `offset` on.
  func weightGradient(
    _ dy: LaneBlocks, _ x: LaneBlocks, into gradients: GradientPartials, offset: Int,
    share: BlockShare)
}

/// Convolution products by the micro-kernels over lane blocks.
///
/// Each number is one chain of fused multiply-adds from 0 over the pairs that meet on a real pixel.
/// Forward: inputs, kernel rows, kernel columns ascending, then the bias is added. Backward:
/// filters ascending, then output rows and columns ascending (kernel rows and columns descending).
/// Weight gradient: output positions in raster order, a chain a lane. What `MinimalFiltering`
/// serves has chains in the same order of channels, a tile at a time.
package final class LaneConvolutionProducts: ConvolutionProducts {
  private let shape: ConvolutionShape
  private let isFull: Bool
  private let hasBias: Bool
  private let lists: KernelLists
  private let biases: FloatBuffer
  private let kernels: KernelSet
  private let filtering: MinimalFiltering
  private let scratch: ScratchMemory
  /// Those of the stride along both axes.
  private let phases: [(rows: BackwardPhase, columns: BackwardPhase)]

  /// The products of a convolution whose `connectivity` has a unit a filter and a connection a
  /// kernel, the bias (where `hasBias`) being one more.
  package init(
    _ connectivity: Connectivity, shape: ConvolutionShape, hasBias: Bool, kernels: KernelSet,
    scratch: ScratchMemory = ScratchMemory()
  ) {
    shape.check(connectivity, hasBias: hasBias)
    self.shape = shape
    self.isFull = connectivity.isFull
    self.hasBias = hasBias
    self.lists = KernelLists(connectivity, shape: shape)
    self.biases = FloatBuffer(count: shape.filters)
    self.kernels = kernels
    self.filtering = MinimalFiltering(
      shape, kernels: lists.channels.count, servesBackward: connectivity.servesBackward)
    self.scratch = scratch
    self.phases = (0..<min(shape.stride, shape.height)).flatMap { row in
      (0..<min(shape.stride, shape.width)).map { column in
        (
          BackwardPhase(shape, first: row, size: shape.height),
          BackwardPhase(shape, first: column, size: shape.width)
        )
      }
    }
  }

  /// See `LayerProducts`.
  package var indices: [IndexBuffer] { lists.all }

  /// See `LayerProducts`.
  package func scratchCount(blocks: Int) -> Int {
    var gradient = 0
    if filtering.servesGradient {
      let share = BlockShare(images: blocks * LaneBlocks.lanes, rank: 0, worldSize: 1)
      gradient = kernels.functions.winograd_gradient_floats(share.kernelTree)
    }
    let passes = [forwardPass()] + phases.map { backwardPass(rows: $0, columns: $1) }
    return passes.reduce(gradient) { most, pass in
      var pass = pass
      return max(most, convolutionScratch(&pass))
    }
  }

  /// See `ConvolutionProducts`.
  package func forward(_ x: LaneBlocks, into y: LaneBlocks, weights: FloatSlice, blocks: Int) {
    shape.check(x, y, weights: weights.count, of: lists.count)
    shape.check(haloOfInput: x)
    var pass = forwardPass(x, y, blocks: blocks)
    pass.weights = UnsafePointer(weights.base)
    if hasBias {
      for filter in 0..<shape.filters {
        biases[filter] = lists.bias(of: filter).map { weights.base[$0] } ?? 0
      }
      pass.biases = UnsafePointer(biases.base)
    }
    convolve(&pass)
  }

  /// See `ConvolutionProducts`.
  package func backward(
    _ dy: LaneBlocks, into dx: LaneBlocks, adds: Bool, weights: FloatSlice, blocks: Int
  ) {
    shape.check(dx, dy, weights: weights.count, of: lists.count)
    shape.check(haloOfGradient: dy)
    for (rows, columns) in phases {
      var pass = backwardPass(rows: rows, columns: columns)
      pass.input.place(dy.maps)
      pass.output.place(dx.maps)
      pass.output.pixels += rows.first * dx.rowStride + columns.first * LaneBlocks.lanes
      pass.output.row *= shape.stride
      pass.output.column *= shape.stride
      pass.blocks = blocks
      pass.weights = UnsafePointer(weights.base) + rows.lastTap * shape.kernel + columns.lastTap
      pass.accumulates = adds
      convolve(&pass)
    }
  }

  /// See `ConvolutionProducts`.
  package func weightGradient(
    _ dy: LaneBlocks, _ x: LaneBlocks, into gradients: GradientPartials, offset: Int,
    share: BlockShare
  ) {
    shape.check(x, dy, weights: lists.count, of: lists.count)
    shape.check(haloOfInput: x)
    var gradient = relief_convolution_gradient(
      of: forwardPass(x, dy, blocks: share.count), partials: gradients.base(at: offset),
      partial_stride: gradients.stride, tree: share.kernelTree)
    if filtering.servesGradient {
      let memory = scratch.floats(kernels.functions.winograd_gradient_floats(share.kernelTree))
      kernels.functions.winograd_gradient(&gradient, memory)
    } else {
      kernels.functions.convolution_gradient(&gradient)
    }
    guard hasBias else { return }
    kernels.functions.bias_gradient(
      &gradient.of.output, shape.filters, lists.biases.base, gradient.partials,
      gradient.partial_stride, share.kernelTree)
  }

  private func convolve(_ pass: inout relief_convolution) {
    let memory = scratch.floats(convolutionScratch(&pass))
    if filtering.servesConvolution {
      kernels.functions.winograd_convolve(&pass, memory)
    } else {
      kernels.functions.convolve(&pass, memory)
    }
  }

  private func convolutionScratch(_ pass: inout relief_convolution) -> Int {
    filtering.servesConvolution
      ? kernels.functions.winograd_floats(&pass) : kernels.functions.convolution_floats(&pass)
  }

  /// Everything but weights and biases.
  private func forwardPass(_ x: LaneBlocks, _ y: LaneBlocks, blocks: Int) -> relief_convolution {
    var pass = forwardPass()
    pass.input.place(x.maps)
    pass.output.place(y.maps)
    pass.blocks = blocks
    return pass
  }

  /// What does not depend on where numbers lie.
  private func forwardPass() -> relief_convolution {
    var pass = relief_convolution()
    (pass.input.height, pass.input.width) = (shape.input.height, shape.input.width)
    (pass.output.height, pass.output.width) = (shape.output.height, shape.output.width)
    pass.input_channels = shape.inputs
    pass.filters = shape.filters
    pass.first_row = -shape.padding
    pass.first_column = -shape.padding
    pass.stride = shape.stride
    pass.kernel_rows = shape.kernel
    pass.kernel_columns = shape.kernel
    pass.tap_row = shape.kernel
    pass.tap_column = 1
    pass.entries = shape.inputs
    pass.filter_weights = shape.inputs * shape.taps + (hasBias ? 1 : 0)
    pass.entry_weights = shape.taps
    if !isFull {
      pass.starts = UnsafePointer(lists.starts.base)
      pass.channels = UnsafePointer(lists.channels.base)
      pass.offsets = UnsafePointer(lists.offsets.base)
    }
    return pass
  }

  /// The pixels of ∂x in one phase of the stride are a convolution of ∂y with step 1, whose filters
  /// are the input channels and whose kernels are every stride-th tap, turned round.
  private func backwardPass(rows: BackwardPhase, columns: BackwardPhase) -> relief_convolution {
    var pass = relief_convolution()
    (pass.input.height, pass.input.width) = (shape.output.height, shape.output.width)
    (pass.output.height, pass.output.width) = (rows.count, columns.count)
    pass.input_channels = shape.filters
    pass.filters = shape.inputs
    pass.first_row = rows.firstOutput
    pass.first_column = columns.firstOutput
    pass.stride = 1
    pass.kernel_rows = rows.taps
    pass.kernel_columns = columns.taps
    pass.tap_row = -shape.stride * shape.kernel
    pass.tap_column = -shape.stride
    pass.entries = shape.filters
    pass.filter_weights = shape.taps
    pass.entry_weights = shape.inputs * shape.taps + (hasBias ? 1 : 0)
    if !isFull {
      pass.starts = UnsafePointer(lists.inputStarts.base)
      pass.channels = UnsafePointer(lists.inputFilters.base)
      pass.offsets = UnsafePointer(lists.inputOffsets.base)
    }
    return pass
  }
}

/// Along one axis, the input pixels `first`, `first + stride`, … and the taps that reach them.
///
/// Pixel `first + stride · m` meets output o under tap `first + padding + stride · (m − o)`: taps
/// t = (first + padding) mod stride, t + stride, … below the kernel's size.
private struct BackwardPhase {
  /// The first pixel.
  let first: Int
  /// Pixels of this phase.
  let count: Int
  /// Taps of this phase.
  let taps: Int
  /// The largest of them.
  let lastTap: Int
  /// The output that pixel `first` meets under `lastTap`, perhaps off the map.
  let firstOutput: Int

  init(_ shape: ConvolutionShape, first: Int, size: Int) {
    let firstTap = (first + shape.padding) % shape.stride
    self.first = first
    self.count = (size - first + shape.stride - 1) / shape.stride
    self.taps = max(0, (shape.kernel - firstTap + shape.stride - 1) / shape.stride)
    self.lastTap = firstTap + max(0, taps - 1) * shape.stride
    self.firstOutput = (first + shape.padding - firstTap) / shape.stride - max(0, taps - 1)
  }
}

extension relief_maps {
  /// Puts it where `maps` lie; its size stays.
  fileprivate mutating func place(_ maps: relief_maps) {
    let (height, width) = (height, width)
    self = maps
    (self.height, self.width) = (height, width)
  }
}

extension LaneBlocks {
  fileprivate var maps: relief_maps {
    relief_maps(
      pixels: pixels(of: 0), block: stride, channel: planeStride, row: rowStride,
      column: Self.lanes, height: shape.height, width: shape.width)
  }
}
