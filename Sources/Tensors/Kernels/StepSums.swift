import CKernels

/// What an optimizer's pass over a range found and left: sums of words mod 2³², the parameters'
/// first, then those of each state buffer.
///
/// One bit that flips changes its sum; so do all but one in 2³² of other changes.
package struct StepSums: Equatable, Sendable {
  /// Of the words before the step; 0 for buffers that there are not.
  package var read: SIMD4<UInt32>
  /// Of the words after it.
  package var written: SIMD4<UInt32>
  /// Whether the gradient and the new parameters are all finite.
  package var isFinite: Bool

  /// Of no numbers.
  package static let none = StepSums(
    relief_step_sums(read: (0, 0, 0), written: (0, 0, 0), finite: true))

  /// Adds those of another range.
  package mutating func add(_ other: StepSums) {
    read &+= other.read
    written &+= other.written
    isFinite = isFinite && other.isFinite
  }

  init(_ sums: relief_step_sums) {
    read = SIMD4(sums.read.0, sums.read.1, sums.read.2, 0)
    written = SIMD4(sums.written.0, sums.written.1, sums.written.2, 0)
    isFinite = sums.finite
  }
}
