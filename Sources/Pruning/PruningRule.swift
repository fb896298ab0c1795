import Networks
import Tensors

/// Which connections a pruning iteration takes away: a pure function of a network, its statistics
/// and the settings.
public struct PruningRule: Sendable {
  /// How connections are chosen.
  public enum Criterion: String, Sendable, CaseIterable {
    /// By importance, the product of weight and activity.
    case activity
    /// The smallest weights, as many in each layer as `activity` would take; for comparison.
    case magnitude
    /// Any, as many in each layer as `activity` would take; for comparison.
    case random
  }

  /// How connections are chosen.
  public let criterion: Criterion
  /// The share of a dense neuron's summed importance that is kept, in (0, 1].
  public let alphaDense: Double
  /// Seed of the random criterion.
  public let seed: Int

  /// A rule with these settings.
  public init(criterion: Criterion, alphaDense: Double, seed: Int) {
    precondition(alphaDense > 0 && alphaDense <= 1, "α = \(alphaDense)")
    self.criterion = criterion
    self.alphaDense = alphaDense
    self.seed = seed
  }

  /// What comes of a pruning iteration.
  public enum Outcome: Equatable, Sendable {
    /// The new mask.
    case pruned(Mask)
    /// The layer of this name would have lost its last weight, so nothing is pruned.
    case disconnects(layer: String)
  }

  /// The mask that follows `network`'s in pruning iteration `iteration`; always a subset of it.
  public func callAsFunction(
    _ network: Network, statistics: ActivityStatistics, iteration: Int
  ) -> Outcome {
    let layout = network.layout
    let weights = network.fullParameters
    var mask = activityMask(network.mask, layout, weights, statistics)
    if criterion != .activity {
      mask = sameSize(as: mask, network.mask, layout, weights, iteration: iteration)
    }
    for group in layout.groups {
      let hasWeight = (0..<group.units).contains { unit in
        (0..<group.inputs).contains { mask[group.index(unit: unit, input: $0)] }
      }
      if !hasWeight { return .disconnects(layer: group.name) }
    }
    return .pruned(mask)
  }

  private func activityMask(
    _ old: Mask, _ layout: ConnectionLayout, _ weights: [Float], _ statistics: ActivityStatistics
  ) -> Mask {
    var mask = old
    for (group, activities) in zip(layout.groups, statistics.inputs) {
      for unit in 0..<group.units {
        let row = group.index(unit: unit, input: 0)
        let scores = Importance.scores(
          weights: weights[row..<row + group.connectionsPerUnit], activities: activities)
        let threshold = Importance.threshold(scores, alpha: alphaDense)
        for (input, score) in scores.enumerated() where score <= threshold {
          mask[row + input] = false
        }
      }
    }
    pruneDeadUnits(&mask, layout, statistics)
    cleanUp(&mask, layout)
    return mask
  }

  /// A hidden neuron whose mean activation is 0 loses its incoming connections and its bias.
  private func pruneDeadUnits(
    _ mask: inout Mask, _ layout: ConnectionLayout, _ statistics: ActivityStatistics
  ) {
    for (group, outputs) in zip(layout.groups, statistics.inputs.dropFirst()) {
      for (unit, activity) in outputs.enumerated() where activity == 0 {
        prune(unit, of: group, in: &mask)
      }
    }
  }

  /// From the output to the input, a neuron none of whose outgoing connections survives loses its
  /// incoming ones and its bias.
  private func cleanUp(_ mask: inout Mask, _ layout: ConnectionLayout) {
    for (group, next) in zip(layout.groups, layout.groups.dropFirst()).reversed() {
      for unit in 0..<group.units {
        let isRead = (0..<next.units).contains { mask[next.index(unit: $0, input: unit)] }
        if !isRead { prune(unit, of: group, in: &mask) }
      }
    }
  }

  private func prune(_ unit: Int, of group: ConnectionGroup, in mask: inout Mask) {
    for input in 0..<group.connectionsPerUnit {
      mask[group.index(unit: unit, input: input)] = false
    }
  }

  /// As many connections of each layer as `target` keeps, chosen from `old` by `criterion`.
  private func sameSize(
    as target: Mask, _ old: Mask, _ layout: ConnectionLayout, _ weights: [Float], iteration: Int
  ) -> Mask {
    var mask = Mask(count: old.count, kept: false)
    for (layer, group) in layout.groups.enumerated() {
      let random = CounterRandom(
        seed: seed, purpose: .randomCriterion, iteration: iteration, layer: layer)
      let candidates = group.range.filter { old[$0] }.map { connection in
        (
          connection,
          criterion == .random
            ? random.uniform(connection - group.offset) : Double(abs(weights[connection]))
        )
      }
      let best = candidates.sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }
      for (connection, _) in best.prefix(target.keptCount(in: group.range)) {
        mask[connection] = true
      }
    }
    return mask
  }
}
