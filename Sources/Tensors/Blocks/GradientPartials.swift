/// Gradients of parameters: one compact row of numbers for each subtree whose sum this rank forms.
package final class GradientPartials {
  /// `[partial][stride]`.
  package let buffer: FloatBuffer
  /// Numbers of one partial.
  package let count: Int
  /// Floats from one partial to the next.
  package let stride: Int

  /// Room for up to `partials` partial gradients of `count` parameters.
  package init(count: Int, partials: Int) {
    self.count = count
    self.stride = (count + LaneBlocks.lanes - 1) / LaneBlocks.lanes * LaneBlocks.lanes
    self.buffer = FloatBuffer(count: max(partials, 1) * stride, for: "gradients")
  }

  /// The numbers of parameters `range` in partial `partial`.
  package func slice(_ range: Range<Int>, partial: Int) -> FloatSlice {
    FloatSlice(
      buffer, partial * stride + range.lowerBound..<partial * stride + range.upperBound)
  }

  package func base(at parameter: Int) -> UnsafeMutablePointer<Float> { buffer.base + parameter }
}
