import Evaluation

/// What `evaluate` tells people.
package struct EvaluationTable {
  private let evaluation: Evaluation
  private let data: String
  private let other: Evaluation?

  /// That of `evaluation` on images of the data set `data`, beside that of another model.
  package init(_ evaluation: Evaluation, data: String, against other: Evaluation?) {
    (self.evaluation, self.data, self.other) = (evaluation, data, other)
  }

  /// A line on the model, the table of its classes, and what it comes to.
  package var text: String {
    let evaluation = evaluation
    let head = """
      \(evaluation.description.network.printable): \(Self.connections(of: evaluation))
      \(Format.grouped(evaluation.labels.count)) \(evaluation.split) images of \(data.printable)
      """
    let rows = evaluation.classes.map {
      [
        $0.name.printable, Format.grouped($0.images), Self.percent($0.accuracy),
        $0.confusedWith?.printable ?? "–",
      ]
    }
    let table = TextTable.table([["class", "images", "accuracy", "most often taken for"]] + rows)
    let sums = TextTable.columns(
      [["accuracy", Self.percent(evaluation.tally.accuracy)]]
        + (evaluation.top5Accuracy.map { [["in the first five", Self.percent($0)]] } ?? [])
        + [
          ["loss", Format.decimal(evaluation.tally.loss, 4)],
          ["images a second", Format.grouped(Int(evaluation.imagesPerSecond))],
          ["latency of an image", Format.time(evaluation.latencySeconds)],
          ["latency of a batch of 64", Format.time(evaluation.batchLatencySeconds)],
        ])
    return ([head, table, sums] + (other.map { [comparison(with: $0)] } ?? []))
      .joined(separator: "\n\n")
  }

  private func comparison(with other: Evaluation) -> String {
    let different = evaluation.differences(from: other)
    let ratio = evaluation.imagesPerSecond / other.imagesPerSecond
    return """
      Beside \(other.description.network.printable) with \(Self.connections(of: other)), in turns:
      """ + "\n"
        + TextTable.columns([
          ["its accuracy", Self.percent(other.tally.accuracy)],
          ["its images a second", Format.grouped(Int(other.imagesPerSecond))],
          ["speed beside it", Format.decimal(ratio, 2) + "×"],
          ["its latency of an image", Format.time(other.latencySeconds)],
          ["its latency of a batch of 64", Format.time(other.batchLatencySeconds)],
          ["images taken for another class", Format.grouped(different)],
        ])
  }

  private static func connections(of evaluation: Evaluation) -> String {
    "\(Format.grouped(evaluation.kept)) of \(Format.grouped(evaluation.total)) connections"
  }

  private static func percent(_ fraction: Double?) -> String {
    fraction.map { Format.decimal(100 * $0, 2) + " %" } ?? "–"
  }
}
