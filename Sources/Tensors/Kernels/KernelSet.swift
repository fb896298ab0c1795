import CKernels

/// The micro-kernels compiled for one instruction set. All sets give the same bits.
package struct KernelSet: @unchecked Sendable {
  private(set) var functions: relief_kernels
  /// `avx512`, `avx2` or `portable`.
  package let name: String

  private init?(_ kernels: UnsafePointer<relief_kernels>?) {
    guard let kernels else { return nil }
    self.functions = kernels.pointee
    self.name = String(cString: kernels.pointee.name)
  }

  /// The sets this processor can run, the widest first.
  package static let available: [KernelSet] = [
    KernelSet(relief_kernels_avx512()), KernelSet(relief_kernels_avx2()),
    KernelSet(relief_kernels_portable()),
  ].compactMap { $0 }

  /// The set called `name` if this processor can run it; the widest where `name` is nil.
  package static func named(_ name: String?) -> KernelSet? {
    available.first { name == nil || $0.name == name }
  }

  /// The set without what only training calls: a call of that ends the program.
  package var forInference: KernelSet {
    var set = self
    set.functions.full_backward = nil
    set.functions.listed_backward = nil
    set.functions.full_weight_gradient = nil
    set.functions.listed_weight_gradient = nil
    set.functions.convolution_gradient = nil
    set.functions.bias_gradient = nil
    set.functions.winograd_gradient = nil
    set.functions.winograd_gradient_floats = nil
    set.functions.max_pool_backward = nil
    set.functions.plane_rectify_backward = nil
    set.functions.plane_leak_backward = nil
    set.functions.plane_gelu_backward = nil
    set.functions.plane_silu_backward = nil
    set.functions.plane_moments = nil
    set.functions.plane_gradient_moments = nil
    set.functions.plane_combine = nil
    set.functions.plane_absolute_sums = nil
    set.functions.adam = nil
    set.functions.sgd = nil
    return set
  }

  /// Makes this thread treat subnormal numbers as zero; false where the platform cannot.
  @discardableResult
  package static func flushSubnormals() -> Bool { relief_flush_subnormals() }
}

extension KernelSet {
  /// Fills `block` of `x` with images of bytes divided by 255: image n, which starts at `starts[n]`
  /// in `pixels`, goes to lane n; lanes without an image are 0.
  package func load(
    _ pixels: UnsafePointer<UInt8>, starts: [Int], into x: LaneBlocks, block: Int
  ) {
    precondition(
      (1...LaneBlocks.lanes).contains(starts.count), "\(starts.count) images in a lane block")
    // Without a halo the features of a block lie in one run, as an image's pixels do.
    let width = x.halo == 0 ? x.shape.count : x.shape.width
    let height = x.halo == 0 ? 1 : x.shape.height
    withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>?.self, capacity: starts.count) {
      images in
      for run in 0..<x.shape.count / width {
        for (lane, start) in starts.enumerated() {
          images.initializeElement(at: lane, to: pixels + start + run * width)
        }
        let plane = x.plane(block, run / height)
        functions.lanes_from_bytes(
          plane.base + run % height * x.rowStride, images.baseAddress, starts.count, width)
      }
    }
  }

  /// sum += other, element by element.
  package func add(_ other: FloatSlice, to sum: FloatSlice) {
    precondition(sum.count == other.count, "adds \(other.count) numbers to \(sum.count)")
    functions.add(sum.base, other.base, sum.count)
  }

  /// Σ x² in double precision: numbers n, n + 16, n + 32, … one after the other, and the 16 sums
  /// folded +8, +4, +2, +1.
  package func squareSum(_ x: FloatSlice) -> Double { functions.square_sum(x.base, x.count) }

  /// x = x · factor, element by element.
  package func scale(_ x: FloatSlice, by factor: Float) { functions.scale(x.base, x.count, factor) }

  /// Rounds of independent fused multiply-adds in registers; returns the floating-point operations
  /// done. Timed, it gives the core's peak.
  package func multiplyAddRounds(_ iterations: Int) -> Double {
    functions.multiply_add_rounds(iterations)
  }
}
