import Networks
import Tensors

/// A copy of what training changes in a network.
final class Snapshot {
  let parameters, statistics: FloatBuffer

  /// Room for a copy of `network`'s numbers.
  convenience init(_ network: Network) {
    self.init(
      parameters: FloatBuffer(count: network.parameters.count),
      statistics: FloatBuffer(count: network.statistics.count))
  }

  /// A copy that was made before.
  init(parameters: FloatBuffer, statistics: FloatBuffer) {
    (self.parameters, self.statistics) = (parameters, statistics)
  }

  /// Copies the numbers of `network`.
  func take(_ network: Network) {
    parameters.copy(from: network.parameters)
    statistics.copy(from: network.statistics)
  }

  /// Puts them back.
  func restore(_ network: Network) {
    network.parameters.copy(from: parameters)
    network.statistics.copy(from: statistics)
  }
}
