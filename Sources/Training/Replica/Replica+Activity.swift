import Networks
import Pruning

extension Replica {
  /// Mean activities over `subset` in a forward pass of `mode`, added up over ranks.
  /// - Throws: what the sums over ranks throw.
  package func activity(
    on subset: Subset, mode: Pass.Mode
  ) throws -> ActivityStatistics {
    let totals = try communicator.inspector.during("statistics") {
      try sweep(subset, width: network.graph.observedCount, mode: mode) { share, partials in
        for block in 0..<share.count {
          partials.append(
            ActivityStatistics.blockSums(workspace, block: block, images: share.images(in: block)))
        }
      }
    }
    return ActivityStatistics(totals: totals, of: network.graph, samples: subset.count)
  }
}
