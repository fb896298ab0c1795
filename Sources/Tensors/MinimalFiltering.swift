/// Which products of a convolution go by minimal filtering, F(2×2, 3×3): 16 products a channel and four
/// outputs where the definition takes 36.
///
/// A rule on shape and density alone, so that every rank and every replay computes alike. The bits are
/// not those of the definition, the errors are about as large. Sources: Winograd, Arithmetic complexity
/// of computations (1980); Lavin and Gray, Fast algorithms for convolutional neural networks (2016).
package struct MinimalFiltering {
  /// Whether the forward and the backward product do.
  package let servesConvolution: Bool
  /// Whether the weight gradient does.
  package let servesGradient: Bool

  /// Transformed kernels that a tile of a map is worth: with more of them to a tile, reading them takes
  /// longer than the products they save.
  private static let kernelsPerTile = 16_384
  /// With fewer channels or filters the gradient spends more on its transforms than it saves.
  private static let fewestForGradient = 32

  /// The rule for a convolution of `shape` that has all its kernels or not.
  package init(_ shape: ConvolutionShape, isFull: Bool) {
    let isServed =
      isFull && shape.kernel == 3 && shape.stride == 1 && shape.padding == 1
      && shape.height % 4 == 0 && shape.width % 4 == 0
      && shape.inputs % LaneBlocks.lanes == 0 && shape.filters % LaneBlocks.lanes == 0
    let tiles = shape.height * shape.width / 4
    servesConvolution = isServed && shape.inputs * shape.filters <= Self.kernelsPerTile * tiles
    servesGradient = isServed && min(shape.inputs, shape.filters) >= Self.fewestForGradient
  }
}
