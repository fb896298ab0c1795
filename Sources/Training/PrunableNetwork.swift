import Networks
import Tensors

/// A network with what pruning iterations carry along with it.
struct PrunableNetwork {
  var network: Network
  /// The initial values of the surviving parameters.
  var initial: FloatBuffer

  /// The same under a smaller mask; `rewind` puts the survivors back to their initial values.
  func compacted(to mask: Mask, rewind: Bool) -> PrunableNetwork {
    let initial = Network.compact(initial, from: network.mask, to: mask)
    let network = network.compacted(to: mask)
    if rewind { network.parameters.copy(from: initial) }
    return PrunableNetwork(network: network, initial: initial)
  }
}
