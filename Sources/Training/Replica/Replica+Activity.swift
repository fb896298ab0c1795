import Networks
import Pruning

extension Replica {
  /// Mean activities over `selection` in a forward pass of `mode`, reduced over ranks.
  /// - Throws: what the sums over ranks throw.
  package func activity(
    on selection: Selection, mode: Pass.Mode
  ) throws -> ActivityStatistics {
    let plan = ActivityStatistics.Plan(workspace)
    let totals = try communicator.watch.during("statistics") {
      try sweep(selection, width: plan.width, mode: mode) { run, partials in
        for block in 0..<run.count {
          partials.append(
            ActivityStatistics.blockSums(workspace, block: block, images: run.images(in: block)))
        }
      }
    }
    return ActivityStatistics(totals: totals, plan: plan, samples: selection.count)
  }
}
