import CKernels

/// The micro-kernels compiled for one instruction set. All sets give the same bits.
public struct KernelSet: @unchecked Sendable {
  let functions: relief_kernels
  /// `avx512`, `avx2` or `portable`.
  public let name: String

  private init?(_ kernels: UnsafePointer<relief_kernels>?) {
    guard let kernels else { return nil }
    self.functions = kernels.pointee
    self.name = String(cString: kernels.pointee.name)
  }

  /// The sets this processor can run, the widest first.
  public static let available: [KernelSet] = [
    KernelSet(relief_kernels_avx512()), KernelSet(relief_kernels_avx2()),
    KernelSet(relief_kernels_portable()),
  ].compactMap { $0 }

  /// The set called `name` if this processor can run it; the widest where `name` is nil.
  public static func named(_ name: String?) -> KernelSet? {
    available.first { name == nil || $0.name == name }
  }

  /// Makes this thread treat subnormal numbers as zero; false where the platform cannot.
  @discardableResult
  public static func flushSubnormals() -> Bool { relief_flush_subnormals() }
}

extension KernelSet {
  /// x = x <= 0 ? 0 : x in the features of the first `blocks` lane blocks.
  public func rectify(_ x: LaneBlocks, blocks: Int) {
    for block in 0..<blocks {
      functions.rectify(x.base(of: block), x.shape.count * LaneBlocks.lanes)
    }
  }

  /// dy = y <= 0 ? 0 : dy, the gradient of `rectify` at its output y.
  public func rectifyBackward(_ gradient: LaneBlocks, output: LaneBlocks, blocks: Int) {
    precondition(gradient.shape == output.shape, "\(gradient.shape) where \(output.shape) is")
    for block in 0..<blocks {
      functions.rectify_backward(
        gradient.base(of: block), output.base(of: block), output.shape.count * LaneBlocks.lanes)
    }
  }

  /// Σ over the first `images` lanes of |x| for every feature of `block`.
  public func absoluteSums(_ x: LaneBlocks, block: Int, images: Int) -> [Double] {
    [Double](unsafeUninitializedCapacity: x.shape.count) { sums, count in
      count = x.shape.count
      guard let base = sums.baseAddress else { return }
      functions.absolute_sums(base, x.base(of: block), count, images)
    }
  }

  /// Fills `block` of `x` with images of bytes divided by 255: image n, which starts at `starts[n]` in
  /// `pixels`, goes to lane n; lanes without an image are 0.
  public func load(
    _ pixels: UnsafePointer<UInt8>, starts: [Int], into x: LaneBlocks, block: Int
  ) {
    precondition(
      (1...LaneBlocks.lanes).contains(starts.count), "\(starts.count) images in a lane block")
    withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>?.self, capacity: starts.count) {
      images in
      for (lane, start) in starts.enumerated() {
        images.initializeElement(at: lane, to: pixels + start)
      }
      functions.lanes_from_bytes(
        x.base(of: block), images.baseAddress, starts.count, x.shape.count)
    }
  }

  /// sum += other, element by element.
  public func add(_ other: FloatSlice, to sum: FloatSlice) {
    precondition(sum.count == other.count, "adds \(other.count) numbers to \(sum.count)")
    functions.add(sum.base, other.base, sum.count)
  }

  /// Rounds of independent fused multiply-adds in registers; returns the floating-point operations
  /// done. Timed, it gives the core's peak.
  public func multiplyAddRounds(_ iterations: Int) -> Double {
    functions.multiply_add_rounds(iterations)
  }
}
