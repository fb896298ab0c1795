import Networks
import Tensors

/// Which connections a pruning iteration takes away: pure functions of a network, its statistics and
/// the settings. It comes in two stages, because dense layers are judged by a network whose
/// convolutions are pruned already.
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

  /// Whose habits are followed where the paper and its implementation differ.
  public enum Compatibility: String, Sendable, CaseIterable {
    /// The paper's.
    case paper
    /// The paper's implementation's: the first convolution of a residual network keeps all its kernels,
    /// and a filter that the residual rule or the clean-up emptied keeps its batch norm as a constant.
    /// Training data is not shuffled and the best epoch is picked on the test set, so that accuracies
    /// are no longer those of unseen images.
    case reference
  }

  /// A part of an iteration.
  public enum Stage: Sendable, CaseIterable {
    /// Convolutions, with their dead filters and residual shortcuts.
    case convolutions
    /// Dense layers, then what nothing reads any more in the whole network.
    case denseLayers
  }

  /// What comes of a stage.
  public enum Outcome: Equatable, Sendable {
    /// The new mask.
    case pruned(Mask)
    /// The layer of this name would have lost its last weight.
    case disconnects(layer: String)
  }

  /// How connections are chosen.
  public let criterion: Criterion
  /// The share of a filter's summed importance that is kept, in (0, 1].
  public let alphaConvolution: Double
  /// The share of a dense neuron's summed importance that is kept, in (0, 1].
  public let alphaDense: Double
  /// Whose habits are followed.
  public let compatibility: Compatibility
  /// Seed of the random criterion.
  public let seed: Int

  /// A rule with these settings.
  public init(
    criterion: Criterion, alphaConvolution: Double, alphaDense: Double,
    compatibility: Compatibility = .paper, seed: Int
  ) {
    for alpha in [alphaConvolution, alphaDense] {
      precondition(alpha > 0 && alpha <= 1, "α = \(alpha)")
    }
    self.criterion = criterion
    self.alphaConvolution = alphaConvolution
    self.alphaDense = alphaDense
    self.compatibility = compatibility
    self.seed = seed
  }

  /// The stages that a network has something for.
  public func stages(_ layout: ConnectionLayout) -> [Stage] {
    layout.groups.contains { $0.isConvolution } ? Stage.allCases : [.denseLayers]
  }

  /// The mask that follows `network`'s in a stage of pruning iteration `iteration`; always a subset.
  ///
  /// - Parameter statistics: of `network`.
  public func callAsFunction(
    _ stage: Stage, _ network: Network, statistics: ActivityStatistics, iteration: Int
  ) -> Outcome {
    var mask = network.mask
    switch stage {
    case .convolutions: pruneConvolutions(&mask, network, statistics)
    case .denseLayers:
      pruneDenseLayers(&mask, network, statistics)
      cleanUp(&mask, network.blueprint)
    }
    if criterion != .activity {
      mask = sameSize(as: mask, network, iteration: iteration)
    }
    if let layer = disconnected(mask, network.layout) { return .disconnects(layer: layer) }
    return .pruned(mask)
  }

  private func disconnected(_ mask: Mask, _ layout: ConnectionLayout) -> String? {
    layout.groups.first { group in
      group.isCounted
        && !(0..<group.units).contains { unit in
          (0..<group.inputs).contains { mask[group.index(unit: unit, input: $0)] }
        }
    }?.name
  }

  /// As many connections of each layer as `target` keeps, chosen from the network's by `criterion`.
  private func sameSize(as target: Mask, _ network: Network, iteration: Int) -> Mask {
    var mask = target
    let weights = network.fullParameters
    for (layer, group) in network.layout.groups.enumerated() where group.isCounted {
      let random = CounterRandom(
        seed: seed, purpose: .randomCriterion, iteration: iteration, layer: layer)
      let candidates = group.range.filter { network.mask[$0] }.map { connection in
        let (unit, input) = group.unitAndInput(of: connection)
        let numbers = group.parameterRange(unit: unit, input: input).map { Double(weights[$0]) }
        let size = numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return (
          connection,
          criterion == .random ? random.uniform(connection - group.offset) : size
        )
      }
      let best = candidates.sorted { $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0 }
      for connection in group.range { mask[connection] = false }
      for (connection, _) in best.prefix(target.keptCount(in: group.range)) {
        mask[connection] = true
      }
    }
    return mask
  }
}

extension ConnectionGroup {
  var isConvolution: Bool {
    if case .convolution = kind { true } else { false }
  }

  /// Unit and input of a connection of the group.
  func unitAndInput(of connection: Int) -> (unit: Int, input: Int) {
    let place = connection - offset
    return (place / connectionsPerUnit, place % connectionsPerUnit)
  }
}
