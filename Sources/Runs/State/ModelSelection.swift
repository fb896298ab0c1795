import Networks
import Training

/// The last network whose validation accuracy is within a tolerance of the unpruned one's.
struct ModelSelection {
  let tolerance: Double
  /// The unpruned network's validation accuracy.
  private(set) var unpruned: Double?
  private(set) var chosen: (network: Network, iteration: Int)? { didSet { seal() } }
  /// Its numbers, with checksums: nothing changes it any more.
  private(set) var tensors: [SharedTensor] = []

  init(
    tolerance: Double, unpruned: Double? = nil, chosen: (network: Network, iteration: Int)? = nil
  ) {
    (self.tolerance, self.unpruned, self.chosen) = (tolerance, unpruned, chosen)
    seal()
  }

  /// Considers the network of an iteration, which classifies the fraction `accuracy` of so many
  /// images right; the first is the unpruned one. Where nothing validates, the last network is
  /// chosen.
  mutating func consider(
    _ network: Network, iteration: Int, accuracy: Double?, of images: Int
  ) {
    if chosen == nil { unpruned = accuracy }
    guard let accuracy, let unpruned else {
      chosen = (network, iteration)
      return
    }
    if isWithin(accuracy, of: unpruned, images) { chosen = (network, iteration) }
  }

  /// Whole images are compared: fractions are rounded, and so is the tolerance.
  private func isWithin(_ accuracy: Double, of unpruned: Double, _ images: Int) -> Bool {
    let lost = ((unpruned - accuracy) * Double(images)).rounded()
    return lost <= tolerance * Double(images) * (1 + 1e-9)
  }

  private mutating func seal() {
    guard let network = chosen?.network else { return }
    tensors =
      (network.layered("the chosen network's parameters", network.parameters)
      + network.layeredStatistics("the chosen network's ", network.statistics)).map(\.withChecksum)
  }
}
