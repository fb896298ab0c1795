import CKernels

/// The three products of a dense layer, over its surviving connections.
///
/// `weights` and gradients are in list order of the layer's connectivity; x is
/// `[block][input + 1][16]` with the constant 1 last, y `[block][neuron][16]`.
package protocol DenseProducts: LayerProducts {
  /// y_j = Σ_i w_ji x_i.
  func forward(_ x: LaneBlocks, into y: LaneBlocks, weights: FloatSlice, blocks: Int)
  /// ∂x_i = Σ_j w_ji ∂y_j.
  func backward(
    _ dy: LaneBlocks, into dx: LaneBlocks, adds: Bool, weights: FloatSlice, blocks: Int)
  /// ∂w_ji = Σ_lanes ∂y_j x_i for every block, summed over blocks to one partial a subtree of
  /// `share`, put from `offset` on.
  func weightGradient(
    _ dy: LaneBlocks, _ x: LaneBlocks, into gradients: GradientPartials, offset: Int,
    share: BlockShare)
}

/// Dense products by the micro-kernels over lane blocks.
package final class LaneDenseProducts: DenseProducts {
  private let connectivity: Connectivity
  private let kernels: KernelSet
  /// See `LayerProducts`.
  package var indices: [IndexBuffer] { connectivity.isFull ? [] : connectivity.lists }
  /// Inputs transposed for the weight gradient of a full list.
  private var columns = FloatBuffer(count: 0)

  /// The products of a layer with these connections.
  package init(_ connectivity: Connectivity, kernels: KernelSet) {
    self.connectivity = connectivity
    self.kernels = kernels
  }

  /// See `DenseProducts`.
  package func forward(_ x: LaneBlocks, into y: LaneBlocks, weights: FloatSlice, blocks: Int) {
    connectivity.check(x, y, weights: weights.count)
    if connectivity.isFull {
      kernels.functions.full_forward(
        y.base(of: 0), y.stride, x.base(of: 0), x.stride, weights.base, connectivity.units,
        connectivity.connectionsPerUnit, blocks)
    } else {
      kernels.functions.listed_forward(
        y.base(of: 0), y.stride, x.base(of: 0), x.stride, weights.base, connectivity.rows,
        connectivity.units, blocks)
    }
  }

  /// See `DenseProducts`.
  package func backward(
    _ dy: LaneBlocks, into dx: LaneBlocks, adds: Bool, weights: FloatSlice, blocks: Int
  ) {
    precondition(!adds, "a dense layer's gradient is added to another")
    connectivity.check(dx, dy, weights: weights.count)
    if connectivity.isFull {
      kernels.functions.full_backward(
        dx.base(of: 0), dx.stride, dy.base(of: 0), dy.stride, weights.base, connectivity.units,
        connectivity.connectionsPerUnit, connectivity.connectionsPerUnit - 1, blocks)
    } else {
      kernels.functions.listed_backward(
        dx.base(of: 0), dx.stride, dy.base(of: 0), dy.stride, weights.base,
        connectivity.transposed, connectivity.connectionsPerUnit - 1, blocks)
    }
  }

  /// See `DenseProducts`.
  package func weightGradient(
    _ dy: LaneBlocks, _ x: LaneBlocks, into gradients: GradientPartials, offset: Int,
    share: BlockShare
  ) {
    connectivity.check(x, dy, weights: connectivity.kept)
    if connectivity.isFull {
      let size = share.count * LaneBlocks.lanes * LaneBlocks.lanes
      if columns.count < size { columns = FloatBuffer(count: size, for: "scratch memory") }
      kernels.functions.full_weight_gradient(
        gradients.base(at: offset), gradients.stride, dy.base(of: 0), dy.stride, x.base(of: 0),
        x.stride, columns.base, connectivity.units, connectivity.connectionsPerUnit,
        share.kernelTree)
    } else {
      kernels.functions.listed_weight_gradient(
        gradients.base(at: offset), gradients.stride, dy.base(of: 0), dy.stride, x.base(of: 0),
        x.stride, connectivity.rows, connectivity.units, share.kernelTree)
    }
  }
}

extension Connectivity {
  /// Requires that `x` and `y` have the features of this dense layer, one after the other.
  func check(_ x: LaneBlocks, _ y: LaneBlocks, weights: Int) {
    precondition(
      x.shape.count == connectionsPerUnit - 1 && y.shape.count == units && weights == kept,
      """
      \(units) units with \(connectionsPerUnit) connections, \(kept) kept; input \(x.shape), \
      output \(y.shape), \(weights) weights
      """)
    precondition(
      x.halo == 0 && y.halo == 0,
      "a dense layer between halos of \(x.halo) and \(y.halo): a pool must lie between")
  }
}
