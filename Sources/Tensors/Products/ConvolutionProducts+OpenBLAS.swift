import COpenBLAS

/// Convolution products the classical way: image patches as columns (im2col), OpenBLAS on full
/// matrices, pruned kernels as zeros.
///
/// Patches P are `[input][kernel][kernel][output position][16]` of one lane block and the matrix W
/// is `[filter][input][kernel][kernel]`, so y = W P + b, ∂P = Wᵀ ∂y and ∂W = ∂y Pᵀ.
package final class BLASConvolutionProducts: ConvolutionProducts {
  private let connectivity: Connectivity
  private let shape: ConvolutionShape
  private let lists: KernelLists
  private let blockGradients: BlockGradients
  private let matrix: FloatBuffer
  private let patches: FloatBuffer
  private let outputs: FloatBuffer
  private var rows: Int { shape.inputs * shape.taps }
  private var columns: Int { shape.outputHeight * shape.outputWidth * LaneBlocks.lanes }

  /// The products of a convolution with these connections; `kernels` adds up blocks.
  package init(
    _ connectivity: Connectivity, shape: ConvolutionShape, hasBias: Bool, kernels: KernelSet
  ) {
    shape.check(connectivity, hasBias: hasBias)
    self.connectivity = connectivity
    self.shape = shape
    self.lists = KernelLists(connectivity, shape: shape)
    self.blockGradients = BlockGradients(count: lists.count, kernels: kernels)
    let positions = shape.outputHeight * shape.outputWidth
    self.matrix = FloatBuffer(
      count: shape.filters * shape.inputs * shape.taps, for: "matrices of OpenBLAS")
    self.patches = FloatBuffer(
      count: shape.inputs * shape.taps * positions * LaneBlocks.lanes, for: "matrices of OpenBLAS")
    self.outputs = FloatBuffer(
      count: shape.filters * positions * LaneBlocks.lanes, for: "matrices of OpenBLAS")
  }

  /// See `LayerProducts`.
  package var indices: [IndexBuffer] { lists.all + connectivity.lists }

  /// See `ConvolutionProducts`.
  package func forward(_ x: LaneBlocks, into y: LaneBlocks, weights: FloatSlice, blocks: Int) {
    shape.check(x, y, weights: weights.count, of: lists.count)
    expand(weights)
    for block in 0..<blocks {
      gather(x, block)
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(shape.filters), Int32(columns),
        Int32(rows), 1, matrix.base, Int32(rows), patches.base, Int32(columns), 0, outputs.base,
        Int32(columns))
      for filter in 0..<shape.filters {
        let bias = lists.bias(of: filter).map { weights.base[$0] } ?? 0
        forEachOutput(y, block, filter) { pixel, index in pixel = outputs.base[index] + bias }
      }
    }
  }

  /// See `ConvolutionProducts`.
  package func backward(
    _ dy: LaneBlocks, into dx: LaneBlocks, adds: Bool, weights: FloatSlice, blocks: Int
  ) {
    shape.check(dx, dy, weights: weights.count, of: lists.count)
    expand(weights)
    for block in 0..<blocks {
      pack(dy, block)
      cblas_sgemm(
        CblasRowMajor, CblasTrans, CblasNoTrans, Int32(rows), Int32(columns),
        Int32(shape.filters), 1, matrix.base, Int32(rows), outputs.base, Int32(columns), 0,
        patches.base, Int32(columns))
      for channel in 0..<(adds ? 0 : shape.inputs) {
        for row in 0..<shape.height {
          let start = dx.pixels(of: block) + channel * dx.planeStride + row * dx.rowStride
          start.update(repeating: 0, count: shape.width * LaneBlocks.lanes)
        }
      }
      forEachPatchPixel(dx, block) { pixel, patch in
        for lane in 0..<LaneBlocks.lanes { pixel?[lane] += patch[lane] }
      }
    }
  }

  /// See `ConvolutionProducts`.
  package func weightGradient(
    _ dy: LaneBlocks, _ x: LaneBlocks, into gradients: GradientPartials, offset: Int,
    share: BlockShare
  ) {
    shape.check(x, dy, weights: lists.count, of: lists.count)
    for block in 0..<share.count {
      gather(x, block)
      pack(dy, block)
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(shape.filters), Int32(rows),
        Int32(columns), 1, outputs.base, Int32(columns), patches.base, Int32(columns), 0,
        matrix.base, Int32(rows))
      blockGradients.push(merges: share.merges(after: block)) { put(into: $0.buffer) }
    }
    blockGradients.finish(into: gradients, offset: offset)
  }

  /// Puts the surviving connections' gradients from ∂W and ∂y of one block into `leaf`.
  private func put(into leaf: FloatBuffer) {
    forEachKernel { weight, index in
      (leaf.base + weight).update(from: matrix.base + index, count: shape.taps)
    }
    for filter in 0..<shape.filters {
      guard let bias = lists.bias(of: filter) else { continue }
      leaf[bias] = (0..<columns).reduce(0) { $0 + outputs.base[filter * columns + $1] }
    }
  }

  private func expand(_ weights: FloatSlice) {
    matrix.base.update(repeating: 0, count: matrix.count)
    forEachKernel { weight, index in
      (matrix.base + index).update(from: weights.base + weight, count: shape.taps)
    }
  }

  private func gather(_ x: LaneBlocks, _ block: Int) {
    forEachPatchPixel(x, block) { pixel, patch in
      for lane in 0..<LaneBlocks.lanes { patch[lane] = pixel?[lane] ?? 0 }
    }
  }

  private func pack(_ dy: LaneBlocks, _ block: Int) {
    for filter in 0..<shape.filters {
      forEachOutput(dy, block, filter) { pixel, index in outputs.base[index] = pixel }
    }
  }

  /// Calls `body` with each surviving kernel's first weight in the list and in W.
  private func forEachKernel(_ body: (_ weight: Int, _ index: Int) -> Void) {
    for filter in 0..<shape.filters {
      for kernel in Int(lists.starts[filter])..<Int(lists.starts[filter + 1]) {
        let index = (filter * shape.inputs + Int(lists.channels[kernel])) * shape.taps
        body(Int(lists.offsets[kernel]), index)
      }
    }
  }

  /// Calls `body` with each number of a filter's map and its index in `outputs`.
  private func forEachOutput(
    _ y: LaneBlocks, _ block: Int, _ filter: Int, _ body: (inout Float, Int) -> Void
  ) {
    let width = shape.outputWidth * LaneBlocks.lanes
    for row in 0..<shape.outputHeight {
      let start = y.pixels(of: block) + filter * y.planeStride + row * y.rowStride
      for number in 0..<width { body(&start[number], filter * columns + row * width + number) }
    }
  }

  /// Calls `body` with the 16 lanes of each pixel (nil off the map) that P holds, and their place
  /// in P.
  private func forEachPatchPixel(
    _ x: LaneBlocks, _ block: Int,
    _ body: (_ pixel: UnsafeMutablePointer<Float>?, _ patch: UnsafeMutablePointer<Float>) -> Void
  ) {
    var patch = patches.base
    for channel in 0..<shape.inputs {
      let plane = x.pixels(of: block) + channel * x.planeStride
      for tap in 0..<shape.taps {
        for outputRow in 0..<shape.outputHeight {
          let row = outputRow * shape.stride + tap / shape.kernel - shape.padding
          for outputColumn in 0..<shape.outputWidth {
            let column = outputColumn * shape.stride + tap % shape.kernel - shape.padding
            let isReal = (0..<shape.height).contains(row) && (0..<shape.width).contains(column)
            body(isReal ? plane + row * x.rowStride + column * LaneBlocks.lanes : nil, patch)
            patch += LaneBlocks.lanes
          }
        }
      }
    }
  }
}
