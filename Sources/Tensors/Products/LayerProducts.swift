/// The three products of a layer with weights, over its surviving connections.
///
/// Weights and gradients are in list order of the layer's connectivity.
package protocol LayerProducts: AnyObject {
  /// The lists that the products run over; none where nothing is pruned and none are read.
  var indices: [IndexBuffer] { get }
  /// Floats of scratch memory that shares of `blocks` lane blocks take.
  func scratchCount(blocks: Int) -> Int
  /// The outputs y of inputs x.
  func forward(_ x: LaneBlocks, into y: LaneBlocks, weights: FloatSlice, blocks: Int)
  /// The gradient of x from that of y; `adds` to what ∂x holds, which only convolutions can.
  func backward(
    _ dy: LaneBlocks, into dx: LaneBlocks, adds: Bool, weights: FloatSlice, blocks: Int)
  /// The gradient of the weights for every block, summed over blocks to one partial a subtree of
  /// `share`, put from `offset` on.
  func weightGradient(
    _ dy: LaneBlocks, _ x: LaneBlocks, into gradients: GradientPartials, offset: Int,
    share: BlockShare)
}

extension LayerProducts {
  /// None.
  package func scratchCount(blocks: Int) -> Int { 0 }

  /// The gradient of x from that of y.
  package func backward(_ dy: LaneBlocks, into dx: LaneBlocks, weights: FloatSlice, blocks: Int) {
    backward(dy, into: dx, adds: false, weights: weights, blocks: blocks)
  }
}
