import Networks
import Tensors

extension PruningRule {
  /// As many connections of each layer as `target` keeps, the best by a criterion other than activity.
  ///
  /// Dead units and unbalanced residual sums are the network's, whoever asks. What the choice itself
  /// leaves with nothing to read, or unread, makes room for other connections.
  func chosen(
    asManyAs target: Mask, _ stage: Stage, _ network: Network, statistics: ActivityStatistics,
    iteration: Int
  ) -> Mask {
    let graph = network.graph
    var allowed = network.mask
    pruneIdleUnits(stage, &allowed, graph, statistics)
    let ranking = ranking(network, iteration: iteration)
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
      let idle = idleUnits(stage, mask, graph, but: dropped)
      if idle.isEmpty { return mask }
      for unit in idle { drop(unit, from: &allowed, graph) }
      dropped.formUnion(idle)
    }
  }

  /// A channel of a channel set.
  private struct Unit: Hashable {
    let set, channel: Int
  }

  /// The surviving connections of each layer, the best first.
  private func ranking(
    _ network: Network, iteration: Int
  ) -> [(group: ConnectionGroup, connections: [Int])] {
    let weights = network.fullParameters
    return network.layout.groups.enumerated().filter(\.element.isCounted).map { layer, group in
      let random = CounterRandom(
        seed: seed, purpose: .randomCriterion, iteration: iteration, layer: layer)
      let scored = group.range.filter { network.mask[$0] }.map { connection in
        let (unit, input) = group.unitAndInput(of: connection)
        let numbers = weights[group.parameterRange(unit: unit, input: input)]
        let size = numbers.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        return (
          connection,
          score: criterion == .random ? random.uniform(connection - group.offset) : size
        )
      }
      let sorted = scored.sorted { $0.score != $1.score ? $0.score > $1.score : $0.0 < $1.0 }
      return (group, sorted.map(\.0))
    }
  }

  /// Units of one layer that put out nothing, the first layer that has any; once every layer is chosen
  /// and none has, those that nothing reads, of the last layer that has any. One layer at a time, because
  /// its neighbours choose anew without them.
  private func idleUnits(
    _ stage: Stage, _ mask: Mask, _ graph: Graph, but dropped: Set<Unit>
  ) -> [Unit] {
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
    if let first = silent.first(where: { !$0.isEmpty }) { return first }
    guard stage == .denseLayers else { return [] }
    let unread = sets.reversed().lazy.map {
      units(of: $0) { !isRead($0, of: $1, mask, graph) }
    }
    return unread.first { !$0.isEmpty } ?? []
  }

  /// Whether a channel is 0 whatever the image: without incoming weights, a bias that is used, and a
  /// shortcut.
  private func isSilent(
    _ channel: Int, of set: ChannelSet, _ mask: Mask, _ graph: Graph
  ) -> Bool {
    guard let producer = set.producer else { return false }
    let groups = graph.layout.groups
    if let shortcut = set.shortcut, mask[groups[shortcut.group].index(unit: channel, input: 0)] {
      return false
    }
    let group = groups[producer]
    // A batch norm goes with the filter's kernels, whatever its bias.
    let ends = set.batchNorm == nil ? group.connectionsPerUnit : group.inputs
    return !(0..<ends).contains { mask[group.index(unit: channel, input: $0)] }
  }

  /// Takes everything that leads to a unit and away from it.
  private func drop(_ unit: Unit, from mask: inout Mask, _ graph: Graph) {
    let (set, groups) = (graph.channelSets[unit.set], graph.layout.groups)
    prune(unit.channel, of: set, in: &mask, graph, keepsBatchNorm: false)
    if let shortcut = set.shortcut {
      mask[groups[shortcut.group].index(unit: unit.channel, input: 0)] = false
    }
    for reader in set.readers {
      let group = groups[reader.group]
      for row in 0..<group.units {
        for input in unit.channel * reader.spread..<(unit.channel + 1) * reader.spread {
          mask[group.index(unit: row, input: input)] = false
        }
      }
    }
    for reader in set.shortcutReaders {
      guard let shortcut = graph.channelSets[reader].shortcut,
        let target = shortcut.sourceChannels.firstIndex(of: unit.channel)
      else { continue }
      mask[groups[shortcut.group].index(unit: target, input: 0)] = false
    }
  }
}
