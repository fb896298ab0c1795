import Communication
import Datasets
import Foundation
import Models
import Networks
import Tensors
import Training

/// Evaluates models on the same images, in turns, over all ranks.
package struct Evaluator {
  private let predictors: [Predictor]
  private let communicator: any Communicator

  /// One for `models`.
  package init(_ models: [Model], communicator: any Communicator) {
    predictors = models.map { Predictor($0, communicator: communicator) }
    self.communicator = communicator
  }

  /// What each model is worth on `subset`.
  ///
  /// - Parameters:
  ///   - split: what the images are called.
  ///   - keepsLogits: whether predictions have logits.
  /// - Throws: what the sums over ranks throw; `StopRequested`.
  package func evaluate(
    _ subset: Subset, split: String, keepsLogits: Bool = false
  ) throws -> [Evaluation] {
    let whole = BlockShare(
      images: subset.count, rank: communicator.rank, worldSize: communicator.worldSize)
    var partials = predictors.map { _ in BlockPartials(share: whole, width: Tally.width) }
    var predictions = predictors.map { _ in Predictions(keepsLogits: keepsLogits) }
    // The first pass of each finds its memory.
    for predictor in predictors { _ = try predictor.pass(images: Predictor.batch) }
    let room = LaneBlocks.count(forImages: Predictor.batch)
    let operations = predictors.reduce(0) { $0 + $1.operations }
    try communicator.inspector.during("evaluate") {
      try communicator.sweep(subset, room: { _ in room }, operations: operations) { batch, share in
        for (index, predictor) in predictors.enumerated() {
          predictor.predict(batch, share, into: &partials[index], &predictions[index])
        }
      }
    }
    let labels = subset.order.map { Int(subset.images.labels[$0]) }
    return try predictors.indices.map { index in
      let predictor = predictors[index]
      try communicator.addUp(&partials[index])
      var tally = Tally()
      tally.add(partials[index].total, images: subset.count)
      let seconds = try communicator.gather([predictor.seconds]).map { $0[0] }.max() ?? 0
      return Evaluation(
        of: predictor.model.description, kept: predictor.model.network.kept,
        total: predictor.model.network.total, split: split, labels: labels,
        predictions: try gathered(predictions[index]), tally: tally,
        imagesPerSecond: Double(subset.count) / seconds,
        latencySeconds: try latency(index, images: 1),
        batchLatencySeconds: try latency(index, images: Predictor.batch))
    }
  }

  private func gathered(_ own: Predictions) throws -> Predictions {
    let logits = try communicator.gather(own.logits.withUnsafeBytes { [UInt8]($0) }).map { bytes in
      bytes.withUnsafeBytes { raw in
        stride(from: 0, to: raw.count, by: 4).map {
          raw.loadUnaligned(fromByteOffset: $0, as: Float.self)
        }
      }
    }
    return Predictions(try communicator.gather(own.numbers), logits: logits)
  }

  private static let (passes, mostSeconds) = (101, 2.0)

  /// The median over passes of one model, as many as there is time for.
  private func latency(_ index: Int, images: Int) throws -> Double {
    var times: [Double] = []
    // All ranks know the same times, and end alike.
    while times.count < Self.passes, times.count < 3 || times.reduce(0, +) < Self.mostSeconds {
      try communicator.requests.poll(after: predictors[index].operations)
      times.append(try predictors[index].pass(images: images))
    }
    return times.sorted()[times.count / 2]
  }
}
