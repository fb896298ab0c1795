import Evaluation

/// The line of JSON that `evaluate` prints.
package struct EvaluationRecord: Encodable {
  /// A class.
  struct Class: Encodable {
    let name: String
    let images: Int
    let accuracy: Double?
    let confusedWith: String?
  }

  /// The model that it was compared with.
  struct Other: Encodable {
    let network: String
    let accuracy, loss: Double
    let kept, total: Int
    let imagesPerSecond, latencySeconds, batchLatencySeconds: Double
    let differentPredictions: Int
  }

  let network, data, split: String
  let images: Int
  let accuracy: Double
  let top5Accuracy: Double?
  let loss: Double
  let kept, total: Int
  let imagesPerSecond, latencySeconds, batchLatencySeconds: Double
  let classes: [Class]
  let against: Other?

  /// That of `evaluation` on images of the data set `data`, beside that of another model.
  package init(_ evaluation: Evaluation, data: String, against other: Evaluation?) {
    (network, self.data) = (evaluation.description.network, data)
    (split, images) = (evaluation.split, evaluation.labels.count)
    (accuracy, loss) = (evaluation.tally.accuracy, evaluation.tally.loss)
    top5Accuracy = evaluation.top5Accuracy
    (kept, total) = (evaluation.kept, evaluation.total)
    imagesPerSecond = evaluation.imagesPerSecond
    latencySeconds = evaluation.latencySeconds
    batchLatencySeconds = evaluation.batchLatencySeconds
    classes = evaluation.classes.map {
      Class(
        name: $0.name, images: $0.images, accuracy: $0.accuracy, confusedWith: $0.confusedWith)
    }
    against = other.map {
      Other(
        network: $0.description.network, accuracy: $0.tally.accuracy, loss: $0.tally.loss,
        kept: $0.kept, total: $0.total, imagesPerSecond: $0.imagesPerSecond,
        latencySeconds: $0.latencySeconds, batchLatencySeconds: $0.batchLatencySeconds,
        differentPredictions: evaluation.differences(from: $0))
    }
  }
}
