import Pruning

extension Replica {
  /// Mean activities over `selection`, reduced over ranks.
  /// - Throws: what the sums over ranks throw.
  public func activity(
    on selection: Selection, for stage: PruningRule.Stage
  ) throws -> ActivityStatistics {
    let plan = ActivityStatistics.Plan(workspace)
    let totals = try sweep(
      selection, width: plan.width, mode: stage == .convolutions ? .observation : .evaluation
    ) { run, _ in
      (0..<run.count).map {
        ActivityStatistics.blockSums(workspace, block: $0, images: run.images(in: $0))
      }
    }
    return ActivityStatistics(totals: totals, plan: plan, samples: selection.count)
  }
}
