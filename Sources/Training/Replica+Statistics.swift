import Tensors

extension Replica {
  /// Makes batch norms' running moments the same on every rank, as parameters are after every step: where
  /// each rank takes its own, they become their mean over ranks, weighted by the images that a rank holds
  /// of a full batch. Synchronised ones are the same already.
  ///
  /// To be called before anything is evaluated, compared or kept.
  /// - Throws: what gathering them throws.
  public func agreeOnStatistics() throws {
    guard batchNorm == .local else { return }
    let statistics = network.statistics
    let ranks = try communicator.gather(statistics.elements.map(Double.init))
    let weights = ranks.indices.map {
      Double(BlockRun(images: batch, rank: $0, worldSize: ranks.count).imageRange.count)
    }
    let total = weights.reduce(0, +)
    for index in 0..<statistics.count {
      // In the order of ranks, so that every rank gets the same bits.
      let sum = zip(weights, ranks).reduce(0) { $0 + $1.0 * $1.1[index] }
      statistics[index] = Float(sum / total)
    }
  }
}
