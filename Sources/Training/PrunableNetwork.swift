import Networks
import Tensors

/// A network with what pruning iterations carry along with it.
struct PrunableNetwork {
  var network: Network
  /// The initial values of the surviving parameters, where pruning rewinds to them.
  var initial: FloatBuffer?

  /// The same under a smaller mask.
  func compacted(to mask: Mask) -> PrunableNetwork {
    PrunableNetwork(
      network: network.compacted(to: mask), initial: initial.map { network.compact($0, to: mask) })
  }

  /// Puts the survivors back to their initial values, batch norms' running moments included, where
  /// these were kept.
  func rewind() {
    guard let initial else { return }
    network.parameters.copy(from: initial)
    network.statistics.copy(from: Network.freshStatistics(network.layout))
  }
}
