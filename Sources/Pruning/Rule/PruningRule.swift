import Networks
import Tensors

/// Which connections a pruning iteration takes away: pure functions of a network, its statistics
/// and the settings. It comes in two halves, because dense layers are judged by a network whose
/// convolutions are pruned already.
package struct PruningRule: Sendable {
  /// Whose habits are followed where the paper and its implementation differ.
  package enum Compatibility: String, Sendable, CaseIterable {
    /// The paper's.
    case paper
    /// The paper's implementation's: the first convolution of a residual network keeps all its
    /// kernels, and a filter that the residual rule or the clean-up emptied keeps its batch norm as
    /// a constant. Convolutions are judged by a pass that adds all shortcuts, those masked before
    /// included. Training data is not shuffled and the best epoch is picked on the test set, so
    /// that accuracies are no longer those of unseen images.
    case reference
  }

  /// How many connections stay.
  package enum Count: String, Sendable, CaseIterable {
    /// Of each layer as many as by activity, those with the highest scores.
    case activity
    /// Of each unit those that make up a share α of its scores, as by activity, of the criterion's
    /// own.
    case own
  }

  /// A half of an iteration.
  package enum Half: Sendable, CaseIterable {
    /// Convolutions, with their dead filters and residual shortcuts.
    case convolutions
    /// Dense layers, then what nothing reads any more in the whole network.
    case denseLayers
  }

  /// What comes of a half.
  package enum Outcome: Equatable, Sendable {
    /// The new mask.
    case pruned(Mask)
    /// Nothing of the image would have come to the layer of this name, nor to the logits.
    case disconnects(layer: String)
  }

  /// How connections are chosen.
  package let criterion: any Criterion
  /// How many of them stay.
  package let count: Count
  /// The share of a filter's summed importance that is kept, in (0, 1]; with 1 only dead and unread
  /// filters go, and shortcuts that add nothing.
  package let alphaConvolution: Double
  /// The share of a dense neuron's summed importance that is kept, in (0, 1]; with 1 only dead and
  /// unread neurons go.
  package let alphaDense: Double
  /// Up to which share of its layer's mean activity a unit counts as dead, in [0, 1).
  package let deadBelow: Double
  /// Whose habits are followed.
  package let compatibility: Compatibility

  /// A rule with these settings.
  package init(
    criterion: any Criterion, count: Count = .activity, alphaConvolution: Double,
    alphaDense: Double, deadBelow: Double = 0, compatibility: Compatibility = .paper
  ) {
    for alpha in [alphaConvolution, alphaDense] {
      precondition(alpha > 0 && alpha <= 1, "α = \(alpha)")
    }
    precondition((0..<1).contains(deadBelow), "a share of \(deadBelow)")
    (self.criterion, self.count, self.deadBelow) = (criterion, count, deadBelow)
    self.alphaConvolution = alphaConvolution
    self.alphaDense = alphaDense
    self.compatibility = compatibility
  }

  /// The halves that a network has something for.
  package func halves(_ layout: ConnectionLayout) -> [Half] {
    layout.groups.contains { $0.isConvolution } ? Half.allCases : [.denseLayers]
  }

  /// The mask that follows that of the network in a half of a pruning iteration; always a subset.
  package func decide(_ half: Half, _ scored: ScoredNetwork) -> Outcome {
    var removals = Removals(scored.network.layout)
    return decide(half, scored, noting: &removals)
  }

  /// The same, and why connections went.
  package func decide(
    _ half: Half, _ scored: ScoredNetwork, noting removals: inout Removals
  ) -> Outcome {
    let counting = count == .own ? criterion : ActivityCriterion()
    var noted = removals
    var mask = byShare(half, scored, of: counting, noting: &noted)
    if counting.name == criterion.name {
      removals = noted
    } else {
      mask = chosen(asManyAs: mask, half, scored, noting: &removals)
    }
    if let layer = Reach(mask, scored.network.graph).firstCutOff {
      return .disconnects(layer: layer)
    }
    return .pruned(mask)
  }

  /// The forward pass whose statistics a half is judged by: that of the network as it is. The
  /// reference adds shortcuts that were masked before while it judges convolutions.
  package func statisticsMode(_ half: Half) -> Pass.Mode {
    compatibility == .reference && half == .convolutions ? .observation : .evaluation
  }
}
