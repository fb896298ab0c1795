import COpenBLAS

/// Dense products the classical way: OpenBLAS on full matrices, pruned weights as zeros.
///
/// Every product has the shape of one lane block, so its bits do not depend on how blocks are dealt
/// to ranks; they do depend on OpenBLAS and the processor.
package final class BLASDenseProducts: DenseProducts {
  private let connectivity: Connectivity
  private let blockGradients: BlockGradients
  private let matrix: FloatBuffer
  /// See `LayerProducts`.
  package var indices: [IndexBuffer] { connectivity.lists }
  private var rows: Int { connectivity.units }
  private var columns: Int { connectivity.connectionsPerUnit }

  /// The products of a layer with these connections; `kernels` adds up blocks.
  package init(_ connectivity: Connectivity, kernels: KernelSet) {
    self.connectivity = connectivity
    self.blockGradients = BlockGradients(count: connectivity.kept, kernels: kernels)
    self.matrix = FloatBuffer(
      count: connectivity.units * connectivity.connectionsPerUnit, for: "matrices of OpenBLAS")
  }

  /// The core OpenBLAS has chosen its kernels for, after limiting it to one thread.
  package static func prepare() -> String {
    openblas_set_num_threads(1)
    return String(cString: openblas_get_corename())
  }

  /// What its bits depend on: version and core.
  package static var name: String {
    let core = prepare()
    let words = String(cString: openblas_get_config()).split(separator: " ").prefix(2)
    return words.joined(separator: " ") + " for " + core
  }

  /// See `DenseProducts`.
  package func forward(_ x: LaneBlocks, into y: LaneBlocks, weights: FloatSlice, blocks: Int) {
    connectivity.check(x, y, weights: weights.count)
    expand(weights)
    for block in 0..<blocks {
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(rows), Int32(LaneBlocks.lanes),
        Int32(columns), 1, matrix.base, Int32(columns), x.base(of: block), Int32(LaneBlocks.lanes),
        0, y.base(of: block), Int32(LaneBlocks.lanes))
    }
  }

  /// See `DenseProducts`.
  package func backward(
    _ dy: LaneBlocks, into dx: LaneBlocks, adds: Bool, weights: FloatSlice, blocks: Int
  ) {
    precondition(!adds, "a dense layer's gradient is added to another")
    connectivity.check(dx, dy, weights: weights.count)
    expand(weights)
    for block in 0..<blocks {
      cblas_sgemm(
        CblasRowMajor, CblasTrans, CblasNoTrans, Int32(columns - 1), Int32(LaneBlocks.lanes),
        Int32(rows), 1, matrix.base, Int32(columns), dy.base(of: block), Int32(LaneBlocks.lanes),
        0, dx.base(of: block), Int32(LaneBlocks.lanes))
    }
  }

  /// See `DenseProducts`.
  package func weightGradient(
    _ dy: LaneBlocks, _ x: LaneBlocks, into gradients: GradientPartials, offset: Int,
    share: BlockShare
  ) {
    connectivity.check(x, dy, weights: connectivity.kept)
    for block in 0..<share.count {
      cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(rows), Int32(columns),
        Int32(LaneBlocks.lanes), 1, dy.base(of: block), Int32(LaneBlocks.lanes), x.base(of: block),
        Int32(LaneBlocks.lanes), 0, matrix.base, Int32(columns))
      blockGradients.push(merges: share.merges(after: block)) { leaf in
        forEachConnection { leaf.buffer[$0] = matrix[$1] }
      }
    }
    blockGradients.finish(into: gradients, offset: offset)
  }

  private func expand(_ weights: FloatSlice) {
    for index in 0..<matrix.count { matrix[index] = 0 }
    forEachConnection { matrix[$1] = weights.base[$0] }
  }

  /// Calls `body` with each surviving connection's position in the list and in the full matrix.
  private func forEachConnection(_ body: (_ position: Int, _ index: Int) -> Void) {
    for unit in 0..<rows {
      for position in connectivity.positions(of: unit) {
        body(position, unit * columns + connectivity.input(at: position))
      }
    }
  }
}
