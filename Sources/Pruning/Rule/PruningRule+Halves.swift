import Networks
import Tensors

extension PruningRule {
  /// The mask of a half in which every unit keeps a share α of its scores.
  func byShare(
    _ half: Half, _ scored: ScoredNetwork, of criterion: any Criterion,
    noting removals: inout Removals
  ) -> Mask {
    let graph = scored.network.graph
    var mask = scored.network.mask
    removals.take(.importance, from: &mask) {
      switch half {
      case .convolutions:
        pruneUnits(&$0, scored, by: criterion, alpha: alphaConvolution) { $0.isConvolution }
      case .denseLayers:
        pruneUnits(&$0, scored, by: criterion, alpha: alphaDense) { $0.kind == .dense }
      }
    }
    pruneIdleUnits(half, &mask, graph, scored.observed.activities, noting: &removals)
    switch half {
    case .convolutions: removals.take(.dead, from: &mask) { pruneEmptyUnits(&$0, graph) }
    case .denseLayers: removals.take(.unread, from: &mask) { cleanUp(&$0, graph) }
    }
    pruneEmptyLaterNorms(&mask, graph)
    return mask
  }

  /// What goes whatever the criterion: dead units and, with convolutions, one side of each
  /// unbalanced residual sum; by the statistics of the network as it is.
  func pruneIdleUnits(
    _ half: Half, _ mask: inout Mask, _ graph: Graph, _ statistics: ActivityStatistics,
    noting removals: inout Removals
  ) {
    removals.take(.dead, from: &mask) {
      pruneDeadUnits(&$0, graph, statistics) { $0.isConvolution == (half == .convolutions) }
    }
    guard half == .convolutions else { return }
    removals.take(.residual, from: &mask) { balanceResidualBlocks(&$0, graph, statistics) }
  }

  private func pruneUnits(
    _ mask: inout Mask, _ scored: ScoredNetwork, by criterion: any Criterion, alpha: Double,
    where isPruned: (ConnectionGroup) -> Bool
  ) {
    // The whole importance is kept by keeping everything.
    if alpha == 1 { return }
    let network = scored.network
    for (index, group) in network.layout.groups.enumerated() where isPruned(group) {
      if isExempt(index, network.graph) { continue }
      for unit in 0..<group.units {
        let scores = criterion.scores(of: unit, group: index, in: scored)
        let threshold = Importance.threshold(scores, alpha: alpha)
        for (input, score) in scores.enumerated() where score <= threshold {
          mask[group.index(unit: unit, input: input)] = false
        }
      }
    }
  }

  /// A unit that is dead for all that read it loses everything. Readers' inputs are its activation
  /// after batch norm, residual sum, rectifier and pools; what a shortcut takes need not have come
  /// through all of them. The last layer has no readers and no test.
  private func pruneDeadUnits(
    _ mask: inout Mask, _ graph: Graph, _ statistics: ActivityStatistics,
    where isTested: (ConnectionGroup) -> Bool
  ) {
    for set in graph.channelSets where !set.readers.isEmpty {
      guard let producer = set.producer, isTested(graph.layout.groups[producer]) else { continue }
      let dead = activities(of: set, graph, statistics).map { isDead($0.perChannel(set.channels)) }
      for channel in 0..<set.channels where dead.allSatisfy({ $0[channel] }) {
        silence(channel, of: set, in: &mask, graph)
        // Connections from what was never active have no importance; from these they may have.
        if deadBelow > 0 && !isExempt(producer, graph) {
          disconnect(channel, of: set, in: &mask, graph)
        }
      }
    }
  }

  /// Which units of a layer are dead by their mean activities: those that are at most
  /// `deadBelow` times the mean of the units that are active at all. Without a threshold these are
  /// the units that never are.
  private func isDead(_ activities: [Double]) -> [Bool] {
    let active = activities.filter { $0 > 0 }
    let share = deadBelow > 0 && !active.isEmpty ? deadBelow / Double(active.count) : 0
    let bound = share > 0 ? share * active.reduce(0, +) : 0
    return activities.map { $0 <= bound }
  }

  /// The activities of a set's channels, as each reader and each shortcut takes them.
  private func activities(
    of set: ChannelSet, _ graph: Graph, _ statistics: ActivityStatistics
  ) -> [ActivityStatistics.Activity] {
    set.readers.map { statistics.inputs(of: $0.group) }
      + set.shortcutReaders.compactMap { graph.channelSets[$0].shortcut }.map {
        statistics.activity(.shortcut(group: $0.group))
      }
  }

  /// With c and r the Euclidean norms of a channel's mean activity in a block's body and shortcut,
  /// both unmasked: c/r < (1−α)/α takes the body's filter, r/c < (1−α)/α the shortcut; r = 0 takes
  /// the shortcut, and 0/0 nothing.
  private func balanceResidualBlocks(
    _ mask: inout Mask, _ graph: Graph, _ statistics: ActivityStatistics
  ) {
    let bound = (1 - alphaConvolution) / alphaConvolution
    for set in graph.channelSets {
      guard let shortcut = set.shortcut else { continue }
      let body = statistics.activity(.body(group: shortcut.group))
      let around = statistics.activity(.shortcut(group: shortcut.group))
      for channel in 0..<set.channels {
        let c = norm(body.channel(channel))
        let r =
          shortcut.sourceChannels[channel].map {
            norm(sampled(around, $0, stride: shortcut.stride, to: body.shape))
          } ?? 0
        if c == 0 && r == 0 { continue }
        if c / r < bound {
          prune(
            channel, of: set, in: &mask, graph,
            keepsBatchNorm: compatibility == .reference)
        }
        if r == 0 || r / c < bound {
          mask[graph.layout.groups[shortcut.group].index(unit: channel)] = false
        }
      }
    }
  }

  /// The rows and columns of a channel that a shortcut takes.
  private func sampled(
    _ activity: ActivityStatistics.Activity, _ channel: Int, stride: Int, to shape: FeatureShape
  ) -> ArraySlice<Double> {
    let means = activity.channel(channel)
    guard stride > 1 else { return means }
    let width = activity.shape.width
    return (0..<shape.height * shape.width).map { position in
      let (row, column) = (position / shape.width, position % shape.width)
      return means[means.startIndex + row * stride * width + column * stride]
    }[...]
  }

  private func norm(_ numbers: ArraySlice<Double>) -> Double {
    numbers.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  /// From the output to the input, a unit none of whose outgoing connections survives, shortcuts
  /// included, loses everything.
  func cleanUp(_ mask: inout Mask, _ graph: Graph) {
    // What one unit loses may be all that another had; sets are not ordered around residual blocks.
    var before: Mask
    repeat {
      before = mask
      cleanUpOnce(&mask, graph)
    } while mask != before
    pruneEmptyUnits(&mask, graph)
    pruneUnreadLaterNorms(&mask, graph)
  }

  private func cleanUpOnce(_ mask: inout Mask, _ graph: Graph) {
    let layout = graph.layout
    for set in graph.channelSets.reversed() where !set.isOutput && set.producer != nil {
      for channel in 0..<set.channels where !isRead(channel, of: set, mask, graph) {
        prune(
          channel, of: set, in: &mask, graph, keepsBatchNorm: compatibility == .reference)
        if let shortcut = set.shortcut {
          mask[layout.groups[shortcut.group].index(unit: channel)] = false
        }
      }
    }
  }

  /// Whether something reads a channel: a connection, or a shortcut; with a later norm, what reads
  /// it through that.
  func isRead(
    _ channel: Int, of set: ChannelSet, through norm: Int? = nil, _ mask: Mask, _ graph: Graph
  ) -> Bool {
    func counts(_ norms: [Int]) -> Bool { norm.map(norms.contains) ?? true }
    return set.readers.contains { reader in
      let group = graph.layout.groups[reader.group]
      return counts(reader.norms)
        && (0..<group.units).contains { unit in
          (channel * reader.spread..<(channel + 1) * reader.spread).contains {
            mask[group.index(unit: unit, input: $0)]
          }
        }
    }
      || set.shortcutReaders.contains { reader in
        guard let shortcut = graph.channelSets[reader].shortcut, counts(shortcut.norms),
          let target = shortcut.sourceChannels.firstIndex(of: channel)
        else { return false }
        return mask[graph.layout.groups[shortcut.group].index(unit: target)]
      }
  }

  /// Takes a unit's incoming connections, bias and batch norm.
  func prune(
    _ channel: Int, of set: ChannelSet, in mask: inout Mask, _ graph: Graph,
    keepsBatchNorm: Bool
  ) {
    guard let producer = set.producer, !isExempt(producer, graph) else { return }
    let layout = graph.layout
    let group = layout.groups[producer]
    for input in 0..<group.connectionsPerUnit {
      mask[group.index(unit: channel, input: input)] = false
    }
    if let batchNorm = set.batchNorm, !keepsBatchNorm {
      mask[layout.groups[batchNorm].index(unit: channel)] = false
    }
  }

  /// A filter without kernels puts out exactly 0: its bias and batch norm go, too.
  private func pruneEmptyUnits(_ mask: inout Mask, _ graph: Graph) {
    guard compatibility == .paper else { return }
    for set in graph.channelSets where set.batchNorm != nil {
      guard let producer = set.producer else { continue }
      let group = graph.layout.groups[producer]
      for channel in 0..<set.channels {
        let isEmpty = !(0..<group.inputs).contains { mask[group.index(unit: channel, input: $0)] }
        if isEmpty { prune(channel, of: set, in: &mask, graph, keepsBatchNorm: false) }
      }
    }
  }

  /// Whether a group is left alone: in the reference, the first of a network with residual blocks.
  func isExempt(_ group: Int, _ graph: Graph) -> Bool {
    compatibility == .reference && graph.channelSets.contains { $0.shortcut != nil }
      && graph.channelSets[0].readers.contains { $0.group == group }
  }
}

extension ChannelSet {
  /// Whether the channels are the network's output.
  var isOutput: Bool { readers.isEmpty && shortcutReaders.isEmpty }
}
