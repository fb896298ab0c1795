import Networks
import Tensors

/// Batch norms that normalise what several units have put together, as those after the sums of
/// pre-activation networks: no unit takes them along when it goes.
extension PruningRule {
  /// Takes the channels of later norms that have nothing to normalise: those of units that put out
  /// 0 whatever the image.
  func pruneEmptyLaterNorms(_ mask: inout Mask, _ graph: Graph) {
    let present = mask
    pruneLaterNorms(&mask, graph) { channel, set, _ in isSilent(channel, of: set, present, graph) }
  }

  /// Takes the channels of later norms that nothing reads any more, though a shortcut may still
  /// carry the units' sum past them.
  func pruneUnreadLaterNorms(_ mask: inout Mask, _ graph: Graph) {
    let present = mask
    pruneLaterNorms(&mask, graph) { channel, set, norm in
      !isRead(channel, of: set, through: norm, present, graph)
    }
  }

  private func pruneLaterNorms(
    _ mask: inout Mask, _ graph: Graph,
    where goes: (_ channel: Int, _ set: ChannelSet, _ norm: Int) -> Bool
  ) {
    guard compatibility == .paper else { return }
    for set in graph.channelSets {
      for norm in set.laterNorms {
        let group = graph.layout.groups[norm]
        for channel in 0..<set.channels where goes(channel, set, norm) {
          mask[group.index(unit: channel)] = false
        }
      }
    }
  }
}
