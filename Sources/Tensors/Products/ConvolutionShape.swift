/// The sizes of a convolution: `[inputs][height][width]` to `[filters][outputHeight][outputWidth]`
/// with square kernels.
package struct ConvolutionShape: Equatable, Hashable, Sendable {
  /// Input channels.
  package let inputs: Int
  /// Rows of the input.
  package let height: Int
  /// Columns of the input.
  package let width: Int
  /// Output channels.
  package let filters: Int
  /// Rows and columns of a kernel.
  package let kernel: Int
  /// Input rows and columns from one output to the next.
  package let stride: Int
  /// Zeros around the input.
  package let padding: Int

  /// The largest `kernel` the products take.
  package static let largestKernel = 12

  /// A convolution of `filters` filters over `inputs` channels of `height` × `width`.
  package init(
    inputs: Int, height: Int, width: Int, filters: Int, kernel: Int, stride: Int = 1,
    padding: Int = 0
  ) {
    precondition(
      inputs >= 1 && height >= 1 && width >= 1 && filters >= 1 && stride >= 1 && padding >= 0,
      """
      \(inputs) channels of \(height)×\(width), \(filters) filters, stride \(stride), padding \
      \(padding)
      """)
    precondition(
      (1...Self.largestKernel).contains(kernel)
        && kernel <= min(height, width) + 2 * padding,
      "kernel \(kernel) on \(height)×\(width) with padding \(padding)")
    self.inputs = inputs
    self.height = height
    self.width = width
    self.filters = filters
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
  }

  /// ⌊(height + 2 · padding − kernel) / stride⌋ + 1.
  package var outputHeight: Int { (height + 2 * padding - kernel) / stride + 1 }
  /// ⌊(width + 2 · padding − kernel) / stride⌋ + 1.
  package var outputWidth: Int { (width + 2 * padding - kernel) / stride + 1 }
  /// Weights of one kernel.
  package var taps: Int { kernel * kernel }
  /// `[inputs][height][width]`.
  package var input: FeatureShape {
    FeatureShape(channels: inputs, height: height, width: width)
  }
  /// `[filters][outputHeight][outputWidth]`.
  package var output: FeatureShape {
    FeatureShape(channels: filters, height: outputHeight, width: outputWidth)
  }
  /// The halo that output gradients need for the backward product: max(0, kernel − 1 − padding).
  package var gradientHalo: Int { max(0, kernel - 1 - padding) }

  /// Pairs of an output position and a kernel tap that meet on a real pixel: the multiply-adds of
  /// one kernel on one image in each of the three products.
  package var realPairs: Int {
    realPairs(outputs: outputHeight, inputs: height)
      * realPairs(outputs: outputWidth, inputs: width)
  }

  /// The same along one axis: #{(o, u) : 0 ≤ stride · o + u − padding < inputs}.
  private func realPairs(outputs: Int, inputs: Int) -> Int {
    (0..<outputs).reduce(0) { sum, output in
      let first = stride * output - padding
      return sum + max(0, min(first + kernel, inputs) - max(first, 0))
    }
  }
}

extension ConvolutionShape {
  func check(_ connectivity: Connectivity, hasBias: Bool) {
    precondition(
      connectivity.units == filters
        && connectivity.connectionsPerUnit == inputs + (hasBias ? 1 : 0),
      """
      \(connectivity.units) units with \(connectivity.connectionsPerUnit) connections where \
      \(filters) filters read \(inputs) channels\(hasBias ? " and a bias" : "")
      """)
  }

  func check(_ x: LaneBlocks, _ y: LaneBlocks, weights: Int, of kept: Int) {
    precondition(
      x.shape == input && y.shape == output && weights == kept,
      "input \(x.shape), output \(y.shape), \(weights) weights of \(kept) for \(self)")
  }

  func check(haloOfInput x: LaneBlocks) {
    precondition(x.halo >= padding, "an input halo of \(x.halo) for a padding of \(padding)")
  }

  func check(haloOfGradient dy: LaneBlocks) {
    precondition(
      dy.halo >= gradientHalo, "a gradient halo of \(dy.halo) where \(gradientHalo) is needed")
  }
}
