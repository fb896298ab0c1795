import Networks
import Tensors

extension PruningRule {
  /// As many connections of each layer as `target` keeps, the best by the rule's criterion.
  ///
  /// Dead units and unbalanced residual sums are the network's, whoever asks. What the choice
  /// itself leaves with nothing to read, or unread, makes room for other connections.
  func chosen(
    asManyAs target: Mask, _ half: Half, _ scored: ScoredNetwork, noting removals: inout Removals
  ) -> Mask {
    let graph = scored.network.graph
    var allowed = scored.network.mask
    pruneIdleUnits(half, &allowed, graph, scored.observed.activities, noting: &removals)
    let ranking = ranking(scored)
    var dropped: Set<Unit> = []
    while true {
      var mask = allowed
      for (group, connections) in ranking {
        var left = target.keptCount(in: group.range)
        for connection in connections where allowed[connection] {
          mask[connection] = left > 0
          left -= 1
        }
      }
      let idle = idleUnits(half, mask, graph, but: dropped)
      if idle.units.isEmpty {
        removals.note(.importance, from: allowed, to: mask)
        pruneEmptyLaterNorms(&mask, graph)
        if half == .denseLayers { pruneUnreadLaterNorms(&mask, graph) }
        return mask
      }
      removals.take(idle.reason, from: &allowed) {
        for unit in idle.units { drop(unit, from: &$0, graph) }
      }
      dropped.formUnion(idle.units)
    }
  }

  /// A channel of a channel set.
  private struct Unit: Hashable {
    let set, channel: Int
  }

  /// The surviving connections of each layer, the best first.
  private func ranking(
    _ scored: ScoredNetwork
  ) -> [(group: ConnectionGroup, connections: [Int])] {
    let network = scored.network
    return network.layout.groups.enumerated().filter(\.element.isCounted).map { index, group in
      let scores = (0..<group.units).flatMap {
        criterion.scores(of: $0, group: index, in: scored)
      }
      let ranked = zip(group.range, scores).filter { network.mask[$0.0] }.sorted {
        $0.1 != $1.1 ? $0.1 > $1.1 : $0.0 < $1.0
      }
      return (group, ranked.map(\.0))
    }
  }

  /// Units of one layer that put out nothing, the first layer that has any; once every layer is
  /// chosen and none has, those that nothing reads, of the last layer that has any. One layer at a
  /// time, because its neighbours choose anew without them.
  private func idleUnits(
    _ half: Half, _ mask: Mask, _ graph: Graph, but dropped: Set<Unit>
  ) -> (units: [Unit], reason: Removals.Reason) {
    let sets = graph.channelSets.indices.filter { index in
      let set = graph.channelSets[index]
      return !set.isOutput && set.producer.map { !isExempt($0, graph) } ?? false
    }
    func units(of index: Int, where isIdle: (Int, ChannelSet) -> Bool) -> [Unit] {
      let set = graph.channelSets[index]
      return (0..<set.channels).map { Unit(set: index, channel: $0) }.filter {
        !dropped.contains($0) && isIdle($0.channel, set)
      }
    }
    let silent = sets.lazy.map { units(of: $0) { isSilent($0, of: $1, mask, graph) } }
    if let first = silent.first(where: { !$0.isEmpty }) { return (first, .dead) }
    guard half == .denseLayers else { return ([], .unread) }
    let unread = sets.reversed().lazy.map {
      units(of: $0) { !isRead($0, of: $1, mask, graph) }
    }
    return (unread.first { !$0.isEmpty } ?? [], .unread)
  }

  /// Whether a channel is 0 whatever the image: without incoming weights, a bias that is used, and
  /// a shortcut.
  func isSilent(
    _ channel: Int, of set: ChannelSet, _ mask: Mask, _ graph: Graph
  ) -> Bool {
    guard let producer = set.producer else { return false }
    let groups = graph.layout.groups
    if let shortcut = set.shortcut, mask[groups[shortcut.group].index(unit: channel)] {
      return false
    }
    let group = groups[producer]
    // A batch norm goes with the filter's kernels, whatever its bias.
    let ends = set.batchNorm == nil ? group.connectionsPerUnit : group.inputs
    return !(0..<ends).contains { mask[group.index(unit: channel, input: $0)] }
  }

  /// Takes everything that leads to a unit and away from it.
  private func drop(_ unit: Unit, from mask: inout Mask, _ graph: Graph) {
    let set = graph.channelSets[unit.set]
    silence(unit.channel, of: set, in: &mask, graph)
    disconnect(unit.channel, of: set, in: &mask, graph)
  }

  /// Takes everything that leads to a unit, and its norms.
  func silence(_ channel: Int, of set: ChannelSet, in mask: inout Mask, _ graph: Graph) {
    prune(channel, of: set, in: &mask, graph, keepsBatchNorm: false)
    for group in set.laterNorms + [set.shortcut?.group].compactMap({ $0 }) {
      mask[graph.layout.groups[group].index(unit: channel)] = false
    }
  }

  /// Takes everything that leads away from a unit.
  func disconnect(_ channel: Int, of set: ChannelSet, in mask: inout Mask, _ graph: Graph) {
    let groups = graph.layout.groups
    for reader in set.readers {
      let group = groups[reader.group]
      for unit in 0..<group.units {
        for input in channel * reader.spread..<(channel + 1) * reader.spread {
          mask[group.index(unit: unit, input: input)] = false
        }
      }
    }
    for reader in set.shortcutReaders {
      guard let shortcut = graph.channelSets[reader].shortcut,
        let target = shortcut.sourceChannels.firstIndex(of: channel)
      else { continue }
      mask[groups[shortcut.group].index(unit: target)] = false
    }
  }
}
