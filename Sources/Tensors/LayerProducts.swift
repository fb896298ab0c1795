/// The three products of a layer with weights, over its surviving connections.
///
/// Weights and gradients are in list order of the layer's connectivity.
public protocol LayerProducts: AnyObject {
  /// The outputs y of inputs x.
  func forward(_ x: LaneBlocks, into y: LaneBlocks, weights: FloatSlice, blocks: Int)
  /// The gradient of x from that of y.
  func backward(_ dy: LaneBlocks, into dx: LaneBlocks, weights: FloatSlice, blocks: Int)
  /// The gradient of the weights for every block, summed over blocks to one partial a subtree of `run`,
  /// put from `offset` on.
  func weightGradient(
    _ dy: LaneBlocks, _ x: LaneBlocks, into gradients: GradientPartials, offset: Int, run: BlockRun)
}
