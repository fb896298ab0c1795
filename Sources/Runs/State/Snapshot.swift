import Networks
import Tensors
import Training

/// A copy of what training changes in a network.
final class Snapshot {
  let parameters, statistics: FloatBuffer
  /// These, with checksums.
  private(set) var tensors: [SharedTensor]

  /// A copy of `network`'s numbers.
  convenience init(_ network: Network) {
    self.init(
      of: network, parameters: network.parameters.duplicate(),
      statistics: network.statistics.duplicate())
  }

  /// A copy of the numbers of `network` that was made before.
  init(of network: Network, parameters: FloatBuffer, statistics: FloatBuffer) {
    (self.parameters, self.statistics) = (parameters, statistics)
    tensors =
      (network.layered("the best epoch's parameters", parameters)
      + network.layeredStatistics("the best epoch's ", statistics)).map(\.withChecksum)
  }

  /// Copies the numbers of `network`.
  func take(_ network: Network) {
    parameters.copy(from: network.parameters)
    statistics.copy(from: network.statistics)
    for index in tensors.indices { tensors[index].renewChecksum() }
  }

  /// Puts them back.
  func restore(_ network: Network) {
    network.parameters.copy(from: parameters)
    network.statistics.copy(from: statistics)
  }
}
