import Runs

/// A run's records, iteration by iteration.
package struct RunHistory: Sendable {
  /// The training of a network, after the pruning that made it.
  struct Stage: Sendable {
    /// 0 for the unpruned network.
    let iteration: Int
    var prune: RunRecord.Prune?
    var epochs: [RunRecord.Epoch] = []
    /// What came of it; nil while it is under way.
    var result: RunRecord.Iteration?
    var rollbacks: [RunRecord.Rollback] = []
  }

  /// From the unpruned network on.
  private(set) var stages: [Stage] = []
  /// The end, if there is one.
  private(set) var end: RunRecord.End?

  /// Of no run yet.
  package init() {}

  /// That of `records`.
  package init(_ records: [RunRecord]) { for record in records { add(record) } }

  /// Takes in what has happened next.
  package mutating func add(_ record: RunRecord) {
    switch record {
    case .epoch(let epoch): edit(epoch.iteration) { $0.epochs.append(epoch) }
    case .prune(let prune): edit(prune.iteration) { $0.prune = prune }
    case .iteration(let result): edit(result.iteration) { $0.result = result }
    case .rollback(let rollback): edit(rollback.iteration) { $0.rollbacks.append(rollback) }
    case .end(let end): self.end = end
    }
  }

  private mutating func edit(_ iteration: Int, _ change: (inout Stage) -> Void) {
    if stages.last?.iteration != iteration { stages.append(Stage(iteration: iteration)) }
    change(&stages[stages.count - 1])
  }

  /// Networks that are trained.
  var results: [RunRecord.Iteration] { stages.compactMap(\.result) }
  /// All prunings.
  var prunes: [RunRecord.Prune] { stages.compactMap(\.prune) }
  /// All epochs.
  var epochs: [RunRecord.Epoch] { stages.flatMap(\.epochs) }
  /// The pruning that made the chosen network; of a run under way the last. Nil for the unpruned
  /// one.
  var chosenPrune: RunRecord.Prune? {
    guard let end else { return prunes.last }
    return prunes.last { $0.iteration == end.iteration }
  }
}
