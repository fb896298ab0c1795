/// The images over which batch norms take moments in training.
package enum BatchNormScope: String, Sendable, CaseIterable {
  /// Those of the whole batch, whichever ranks hold them: what is learnt does not depend on their
  /// number.
  case synchronised
  /// Those that a rank holds, so that batch norms need no word from other ranks. What is learnt
  /// depends on the number of ranks.
  case local
}
