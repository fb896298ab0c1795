import Networks
import Tensors

/// How far an image reaches into a network over surviving connections and shortcuts.
struct Reach {
  private let graph: Graph
  /// The channel set that each group of connections reads.
  private let sources: [Int: Int]
  /// By channel set and channel, whether the channel depends on the image.
  private var isReached: [[Bool]]

  /// The reach in the network of `graph` under `mask`.
  init(_ mask: Mask, _ graph: Graph) {
    self.graph = graph
    sources = Dictionary(
      uniqueKeysWithValues: graph.channelSets.enumerated().flatMap { index, set in
        set.readers.map { ($0.group, index) }
      })
    isReached = graph.channelSets.map {
      [Bool](repeating: $0.producer == nil, count: $0.channels)
    }
    // A projection's channels are placed after those that they are added to.
    while extend(mask) {}
  }

  /// Follows connections once through the network; false where that reaches nothing new.
  private mutating func extend(_ mask: Mask) -> Bool {
    var extends = false
    for index in graph.channelSets.indices {
      for channel in isReached[index].indices
      where !isReached[index][channel] && isFed(channel, of: index, mask) {
        isReached[index][channel] = true
        extends = true
      }
    }
    return extends
  }

  /// Whether a connection or shortcut comes to the channel from one that is reached.
  private func isFed(_ channel: Int, of index: Int, _ mask: Mask) -> Bool {
    let set = graph.channelSets[index]
    let groups = graph.layout.groups
    if let shortcut = set.shortcut, let source = shortcut.sourceChannels[channel],
      isReached[shortcut.source][source],
      mask[groups[shortcut.group].index(unit: channel, input: 0)]
    {
      return true
    }
    guard let producer = set.producer, let source = sources[producer] else { return false }
    let group = groups[producer]
    let spread = group.inputs / graph.channelSets[source].channels
    return (0..<group.inputs).contains { input in
      mask[group.index(unit: channel, input: input)] && isReached[source][input / spread]
    }
  }

  /// The first layer from which on nothing depends on the image; nil where the logits do.
  var firstCutOff: String? {
    let cut = isReached.indices.reversed().prefix { !isReached[$0].contains(true) }.last
    return cut.flatMap { graph.channelSets[$0].producer }.map {
      graph.layout.groups[$0].name
    }
  }
}
