import Networks
import Tensors
import Training

/// A network with what pruning iterations carry along with it.
package struct PrunableNetwork {
  let network: Network
  /// The initial values of the surviving parameters, where pruning rewinds to them.
  package let initial: FloatBuffer?
  /// These, with checksums.
  package let tensors: [SharedTensor]

  package init(network: Network, initial: FloatBuffer?) {
    (self.network, self.initial) = (network, initial)
    tensors = initial.map { network.layered("initial weights", $0).map(\.withChecksum) } ?? []
  }

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
