/// What computes the products of layers.
package enum Engine: String, Sendable, CaseIterable {
  /// The micro-kernels, over the surviving connections only.
  case lane
  /// OpenBLAS on full matrices, pruned weights as zeros.
  case openblas
}
