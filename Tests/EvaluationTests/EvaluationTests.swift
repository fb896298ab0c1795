import Evaluation
import Models
import Tensors
import TestSupport
import Testing
import Training

@Suite struct EvaluationTests {
  /// The logits of three images in four classes, `[class][image]`, with equals in the last two.
  private static let logits: [[Float]] = [[1, 0, 2], [3, 0, 2], [2, 0, 5], [0, 0, 5]]

  private func predictions(labels: [Int32]) -> Predictions {
    let blocks = LaneBlocks(shape: FeatureShape(channels: 4), capacity: 1)
    for (feature, row) in Self.logits.enumerated() {
      for (lane, value) in row.enumerated() { blocks[0, feature, lane] = value }
    }
    var predictions = Predictions(keepsLogits: true)
    predictions.append(blocks, labels: labels)
    return predictions
  }

  @Test func equalsGoToTheFirst() {
    let predictions = predictions(labels: [2, 3, 3])
    #expect(predictions.classes == [1, 0, 2])
    #expect(predictions.places == [1, 3, 1])
    #expect(predictions.logits == [1, 3, 2, 0, 0, 0, 0, 0, 2, 2, 5, 5])
    #expect(Predictions([predictions.numbers], logits: [predictions.logits]) == predictions)
  }

  private func evaluation(classes: Int, labels: [Int], predicted: [Int], places: [Int])
    -> Evaluation
  {
    let numbers = zip(predicted, places).flatMap { [Double($0), Double($1)] }
    return Evaluation(
      of: ModelDescription(
        network: "some", input: FeatureShape(channels: 1), classes: classes),
      kept: 1, total: 2, split: "test", labels: labels,
      predictions: Predictions([numbers], logits: []), tally: Tally(), imagesPerSecond: 1,
      latencySeconds: 1, batchLatencySeconds: 1)
  }

  @Test func classesAreCounted() {
    let evaluation = evaluation(
      classes: 4, labels: [0, 0, 0, 0, 1, 1, 3], predicted: [0, 2, 1, 0, 1, 1, 0],
      places: [0, 1, 1, 0, 0, 0, 1])
    #expect(
      evaluation.classes == [
        // 1 and 2 are equals; the first stands for both.
        .init(name: "0", images: 4, accuracy: 0.5, confusedWith: "1"),
        .init(name: "1", images: 2, accuracy: 1, confusedWith: nil),
        .init(name: "2", images: 0, accuracy: nil, confusedWith: nil),
        .init(name: "3", images: 1, accuracy: 0, confusedWith: "0"),
      ])
    #expect(evaluation.confusion[0] == [2, 1, 1, 0])
    #expect(evaluation.top5Accuracy == nil)
  }

  @Test func fiveOfTwentyClassesMayBeRight() {
    let evaluation = evaluation(
      classes: 20, labels: [0, 1, 2, 3], predicted: [0, 0, 0, 0], places: [0, 4, 5, 19])
    #expect(evaluation.top5Accuracy == 0.5)
  }
}
