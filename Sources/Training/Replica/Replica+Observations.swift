import Networks
import Pruning
import Tensors

extension Replica {
  /// What a half of an iteration of `rule` is judged by, over `subset`, added up over ranks.
  /// - Throws: `NotFiniteError`, the same on every rank; what the sums over ranks throw.
  package func observe(
    _ subset: Subset, for rule: PruningRule, _ half: PruningRule.Half
  ) throws -> Observations {
    try communicator.inspector.during("statistics") {
      Observations(
        activities: try activities(on: subset, mode: rule.statisticsMode(half)),
        sensitivities: rule.criterion.observesSensitivities ? try sensitivities(on: subset) : nil)
    }
  }

  /// Mean activities over `subset` in a forward pass of `mode`.
  private func activities(on subset: Subset, mode: Pass.Mode) throws -> ActivityStatistics {
    let width = network.graph.observedCount
    let totals = try sweep(subset, width: width, mode: mode) { share, partials in
      for block in 0..<share.count {
        partials.append(
          ActivityStatistics.blockSums(workspace, block: block, images: share.images(in: block)))
      }
    }
    return ActivityStatistics(totals: totals, of: network.graph, samples: subset.count)
  }

  /// The sensitivities of all connections over `subset`, in evaluation mode.
  private func sensitivities(on subset: Subset) throws -> Sensitivities {
    // A lane block at a time, so that no sum depends on how blocks are dealt to ranks.
    let totals = try sweep(subset, width: network.mask.keptCount, blocks: 1) { share, partials in
      var losses = BlockPartials(share: share, width: Tally.width)
      loss.add(
        workspace.logits, loader.labels, share, gradient: workspace.logitsGradient, to: &losses)
      try workspace.backward(share, mode: .evaluation, sums: OwnBlockSum()) { _, _ in }
      partials.append(Sensitivities.blockSums(workspace, images: share.images))
    }
    guard totals.allSatisfy(\.isFinite) else {
      throw NotFiniteError(what: "the gradient over the pruning set", step: optimizer.steps)
    }
    return Sensitivities(totals: totals, of: network)
  }
}
