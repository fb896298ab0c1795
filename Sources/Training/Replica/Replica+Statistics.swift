import Tensors

extension Replica {
  /// Makes batch norms' running moments the same on every rank, as parameters are after every step:
  /// where each rank takes its own, they become their mean over ranks, weighted by the images that
  /// a rank holds of a full batch. Synchronised ones are the same already.
  ///
  /// To be called before anything is evaluated, compared or kept.
  /// - Throws: what gathering them throws.
  package func agreeOnStatistics() throws {
    guard let ranks = try statisticsOfRanks() else { return }
    let weights = ranks.indices.map {
      Double(BlockShare(images: batch, rank: $0, worldSize: ranks.count).imageRange.count)
    }
    let total = weights.reduce(0, +)
    statistics.writing(in: optimizer.steps + 1) {
      for index in 0..<network.statistics.count {
        // In the order of ranks, so that every rank gets the same bits.
        let sum = zip(weights, ranks).reduce(0) { $0 + $1.0 * Double($1.1[index]) }
        network.statistics[index] = Float(sum / total)
      }
    }
  }

  /// The running moments of every rank, on every rank; nil where they are the same at any time.
  /// - Throws: what gathering them throws.
  package func statisticsOfRanks() throws -> [[Float]]? {
    guard batchNorm == .local else { return nil }
    return try communicator.gather(network.statistics.elements.map(Double.init)).map {
      $0.map { Float($0) }
    }
  }
}
