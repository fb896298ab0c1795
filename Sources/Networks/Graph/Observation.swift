import Tensors

/// Activations that pruning can observe.
package struct Observation: Sendable, Equatable {
  /// What they are.
  package enum Kind: Hashable, Sendable {
    /// Inputs of a group of connections.
    case inputs(group: Int)
    /// What a residual block's body puts out, and what its shortcut would add unmasked; named by
    /// the shortcut's group.
    case body(group: Int)
    case shortcut(group: Int)
  }

  /// What they are.
  package let kind: Kind
  /// Their shape for one image.
  package let shape: FeatureShape
}
