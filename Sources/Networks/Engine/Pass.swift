import Tensors

/// One pass's view of the network, handed to every runner.
package struct Pass {
  /// Whether batch norm and dropout behave as in training.
  package enum Mode: Sendable {
    case training
    case evaluation
    /// Evaluation with all shortcuts of residual blocks, masked or not.
    case observation
  }

  /// The lane blocks this rank holds of the batch.
  package let share: BlockShare
  /// What the pass is for.
  package let mode: Mode
  /// The network's compact parameters.
  package let parameters: FloatBuffer
  /// Batch norms' running means and variances.
  package let statistics: FloatBuffer
  /// Where weight gradients go, at the same places; one partial a subtree of the share.
  package let gradients: GradientPartials
  /// Where random numbers come from.
  package let randomKey: RandomKey
  /// The images of the share by their index in the image set; random numbers depend on it.
  package let imageIndices: ArraySlice<Int>
  /// Sums over blocks, for layers that normalise over the batch.
  package let sums: any BlockSum
  /// The blocks that are normalised together: those of all ranks, with `share` as this rank's part,
  /// or this rank's own.
  package let normalisationScope: BlockShare
  /// Where times are noted, if anywhere.
  package let timeline: Timeline?
  /// Hears of gradients in a backward pass.
  let gradientsCompleted: GradientsCompleted

  /// Tells that the gradients of `parameters` are final and that nothing reads these parameters any
  /// more.
  func completed(_ parameters: Range<Int>) throws { try gradientsCompleted(parameters, share) }
}

/// Hears of parameters whose gradients are final, about from the last layer to the first.
package typealias GradientsCompleted = (_ parameters: Range<Int>, _ share: BlockShare) throws ->
  Void
