import Networks
import Pruning
import Tensors

/// What goes on record of a pruning iteration: what went, why, and of what. Decisions are the
/// root's, and so is their account; that of other ranks stays empty, as their records go nowhere.
struct PruningAccount {
  /// What went and why.
  var removals: Removals
  private var importance: [Int: Distribution] = [:]
  private var weights: [Int: Distribution] = [:]

  /// Of nothing yet, of `network`.
  init(of network: Network) { removals = Removals(network.layout) }

  /// Notes how scores and weights are distributed that a half of the iteration is about.
  mutating func describe(
    _ half: PruningRule.Half, _ scored: ScoredNetwork, by criterion: any Criterion
  ) {
    let groups = scored.network.layout.groups
    for (index, group) in groups.enumerated()
    where group.isCounted && group.isConvolution == (half == .convolutions) {
      importance[index] = scored.scoreDistribution(by: criterion, group: index)
      weights[index] = scored.weightDistribution(group: index)
    }
  }

  /// The layers of what pruning has made, `network`.
  func layers(_ network: Network) -> [RunRecord.Prune.Layer] {
    let (layout, mask) = (network.layout, network.mask)
    let full = Mask(count: layout.count)
    return layout.groups.indices.filter { layout.groups[$0].isCounted }.map { index in
      let group = layout.groups[index]
      let units = (0..<group.units).count { unit in
        (0..<group.connectionsPerUnit).contains { mask[group.index(unit: unit, input: $0)] }
      }
      return RunRecord.Prune.Layer(
        name: group.name, kept: layout.keptCount(mask, group: index),
        total: layout.keptCount(full, group: index), units: units, unitsTotal: group.units,
        removed: RunRecord.Prune.Removed(
          importance: removals.count(.importance, group: index),
          dead: removals.count(.dead, group: index),
          unread: removals.count(.unread, group: index),
          residual: removals.count(.residual, group: index)),
        importance: importance[index], weights: weights[index])
    }
  }
}

extension Network {
  /// Connections that each input keeps to the first layer; nil where that is a convolution.
  var keptConnectionsOfInputs: [Int]? {
    guard let group = layout.groups.first(where: \.isCounted), group.kind == .dense else {
      return nil
    }
    return (0..<group.inputs).map { input in
      (0..<group.units).count { mask[group.index(unit: $0, input: input)] }
    }
  }
}
