/// Which products of a convolution go by minimal filtering, F(2×2, 3×3): 16 products a channel and
/// four outputs where the definition takes 36.
///
/// It needs whole lists. Pruned kernels are 0 in it, as long as that is faster than leaving them
/// out.
///
/// A rule on shape and density alone, so that every rank and every replay computes alike. The bits
/// are not those of the definition, the errors are about as large. Sources: Winograd, Arithmetic
/// complexity of computations (1980); Lavin and Gray, Fast algorithms for convolutional neural
/// networks (2016).
package struct MinimalFiltering {
  /// Whether the forward and the backward product do.
  package let servesConvolution: Bool
  /// Whether the weight gradient does.
  package let servesGradient: Bool

  /// With fewer channels or filters, transforms weigh as much as products.
  private static let fewChannels = 32
  /// Maps with as many pixels do not stay in the caches while lists are followed.
  private static let largeMap = 1024
  /// Kernels that a tile of a map is worth: with more of them to a tile, reading them transformed
  /// takes longer than the products they save.
  private static let kernelsPerTile = 16_384

  /// The density from which it is faster than lists, as `kernel-bench` and `bench` time both.
  private static func leastDensity(hasFewChannels: Bool, pixels: Int) -> Double {
    if hasFewChannels { return 0.8 }
    return pixels >= largeMap ? 0.45 : 0.6
  }

  /// The rule for a convolution of `shape` that has so many `kernels`.
  ///
  /// - Parameter servesBackward: whether there is a backward pass, which takes channels and filters
  ///   a vector at a time; forward, those that fill none up count as if they did.
  package init(_ shape: ConvolutionShape, kernels: Int, servesBackward: Bool = true) {
    let lanes = LaneBlocks.lanes
    let fits =
      shape.kernel == 3 && shape.stride == 1 && shape.padding == 1
      && shape.height % 4 == 0 && shape.width % 4 == 0
      && (!servesBackward || shape.inputs % lanes == 0 && shape.filters % lanes == 0)
    let hasFew = min(shape.inputs, shape.filters) < Self.fewChannels
    let pixels = shape.height * shape.width
    let all = shape.inputs * ((shape.filters + lanes - 1) / lanes * lanes)
    let least = Self.leastDensity(hasFewChannels: hasFew, pixels: pixels)
    let isServed = fits && Double(kernels) >= least * Double(all)
    servesConvolution = isServed && all <= Self.kernelsPerTile * pixels / 4
    servesGradient = isServed && servesBackward && !hasFew
  }
}
