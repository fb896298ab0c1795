import Tensors

/// What one core can do at best.
package enum CorePeak {
  /// Floating-point operations per second of independent fused multiply-adds in registers: the best
  /// of several short rounds.
  package static func measure(_ kernels: KernelSet) -> Double {
    let iterations = 100_000
    return (0..<30).map { _ in
      let start = ContinuousClock.now
      let operations = kernels.multiplyAddRounds(iterations)
      return operations / (start.elapsedSeconds)
    }.max() ?? 0
  }
}
