import Models
import Training

/// What a model is worth on images.
package struct Evaluation: Sendable {
  /// A class, and what became of its images.
  package struct Class: Sendable, Equatable {
    /// What it is called.
    package let name: String
    /// How many images it has.
    package let images: Int
    /// The fraction of them classified right; nil where there are none.
    package let accuracy: Double?
    /// The class that its images are most often taken for when they are not recognised; the first
    /// of equals, nil where all are.
    package let confusedWith: String?

    /// What became of `images` images of the class `name`.
    package init(name: String, images: Int, accuracy: Double?, confusedWith: String?) {
      (self.name, self.images) = (name, images)
      (self.accuracy, self.confusedWith) = (accuracy, confusedWith)
    }
  }

  /// The model.
  package let description: ModelDescription
  /// Weights and biases that survive, and of the unpruned network.
  package let kept, total: Int
  /// Which images they were: test, validation or training.
  package let split: String
  /// The class of each image.
  package let labels: [Int]
  /// What the model makes of each.
  package let predictions: Predictions
  /// Losses and correct answers.
  package let tally: Tally
  /// Images a second that all ranks together take through forward passes, without loading them.
  package let imagesPerSecond: Double
  /// Seconds of a forward pass over one image, and over a batch of 64 that ranks share.
  package let latencySeconds, batchLatencySeconds: Double

  /// What `model` has made of images with these labels.
  package init(
    of description: ModelDescription, kept: Int, total: Int, split: String, labels: [Int],
    predictions: Predictions, tally: Tally, imagesPerSecond: Double, latencySeconds: Double,
    batchLatencySeconds: Double
  ) {
    (self.description, self.kept, self.total) = (description, kept, total)
    (self.split, self.labels, self.predictions, self.tally) = (split, labels, predictions, tally)
    (self.imagesPerSecond, self.latencySeconds) = (imagesPerSecond, latencySeconds)
    self.batchLatencySeconds = batchLatencySeconds
  }

  /// The fraction whose label is among the five classes with the largest logits; nil with fewer
  /// than 20 classes, where it tells nothing.
  package var top5Accuracy: Double? {
    guard description.classNames.count >= 20 else { return nil }
    return Double(predictions.places.count { $0 < 5 }) / Double(labels.count)
  }

  /// Images by class and by what they are taken for, `[label][prediction]`.
  package var confusion: [[Int]] {
    let count = description.classNames.count
    var confusion = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
    for (label, prediction) in zip(labels, predictions.classes) {
      confusion[label][prediction] += 1
    }
    return confusion
  }

  /// Every class.
  package var classes: [Class] {
    let names = description.classNames
    return confusion.enumerated().map { label, row in
      let images = row.reduce(0, +)
      let others = row.indices.filter { $0 != label && row[$0] > 0 }
      let most = others.max { row[$0] < row[$1] || (row[$0] == row[$1] && $0 > $1) }
      return Class(
        name: names[label], images: images,
        accuracy: images > 0 ? Double(row[label]) / Double(images) : nil,
        confusedWith: most.map { names[$0] })
    }
  }

  /// How many images `other` takes for another class.
  package func differences(from other: Evaluation) -> Int {
    zip(predictions.classes, other.predictions.classes).count { $0 != $1 }
  }
}
