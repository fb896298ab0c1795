import Pruning

extension Replica {
  /// Mean activities over `selection`, reduced over ranks.
  /// - Throws: what the sums over ranks throw.
  public func activity(on selection: Selection) throws -> ActivityStatistics {
    let width = ActivityStatistics.width(network.layout)
    let totals = try sweep(selection, width: width) { run, _ in
      (0..<run.count).map {
        ActivityStatistics.blockSums(workspace, block: $0, images: run.images(in: $0))
      }
    }
    return ActivityStatistics(totals: totals, layout: network.layout, samples: selection.count)
  }
}
