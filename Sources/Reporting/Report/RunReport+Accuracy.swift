import Runs

extension RunReport {
  /// Validation accuracy of every network over the connections it keeps.
  var accuracy: [Markup] {
    let networks = history.results.compactMap { result in
      result.validationAccuracy.map { (result, accuracy: $0) }
    }
    guard let dense = networks.first else { return [] }
    let points = networks.map { result, accuracy in
      Chart.Series.Point(
        x: Double(result.kept), y: 100 * accuracy,
        words: """
          iteration \(result.iteration): \(Format.grouped(result.kept)) connections, validation \
          accuracy \(Self.percent(accuracy))
          """)
    }
    let tolerance = recipe.pruning.tolerance
    let floor = max(0, dense.accuracy - tolerance)
    var chart = Chart(
      title: "Validation accuracy against kept connections",
      x: Axis("kept connections", .logarithmic, over: points.map(\.x)) { Format.count($0) },
      y: Axis("validation accuracy, %", over: points.map(\.y) + [100 * dense.accuracy]) {
        Format.plain($0)
      },
      series: [Chart.Series(name: "networks of the run", colour: 0, points: points)])
    let isShown = 100 * floor > chart.y.range.lowerBound
    chart.bands = [
      Chart.Band(
        name: """
          within the tolerance of \(Format.plain(100 * tolerance)) % below the unpruned network's \
          \(Self.percent(dense.accuracy))
          """,
        range: (isShown ? 100 * floor : chart.y.range.lowerBound)...100 * dense.accuracy)
    ]
    if let chosen = networks.firstIndex(where: { $0.0.iteration == history.end?.iteration }) {
      chart.mark = (points[chosen], "chosen: iteration \(networks[chosen].0.iteration)")
    }
    return [chart.markup, table(of: networks)]
  }

  private func table(of networks: [(RunRecord.Iteration, accuracy: Double)]) -> Markup {
    let rows = networks.map { result, accuracy in
      [
        "\(result.iteration)", Format.grouped(result.kept),
        Format.decimal(result.compression, 1) + "×", Self.percent(accuracy),
      ]
    }
    return .element(
      "details", [:],
      [
        .element("summary", [:], ["The numbers"]),
        .table(["iteration", "kept", "compression", "validation accuracy"], rows),
      ])
  }

  /// Loss and accuracy over all epochs.
  var training: [Markup] {
    let epochs = history.epochs
    guard epochs.count > 1 else { return [] }
    let numbered = epochs.enumerated().map { (place: Double($0 + 1), epoch: $1) }
    let shown = numbered.thinned(to: Self.mostPoints)
    func series(
      _ name: String, _ colour: Int, _ value: (RunRecord.Epoch) -> Double?
    ) -> Chart.Series {
      Chart.Series(
        name: name, colour: colour,
        points: shown.compactMap { shown in
          value(shown.epoch).map { Chart.Series.Point(x: shown.place, y: $0) }
        })
    }
    let x = Axis("epochs of the run", over: [0, Double(epochs.count)]) { Format.plain($0) }
    func chart(_ title: String, _ unit: String, _ series: [Chart.Series]) -> Markup {
      let series = series.filter { !$0.points.isEmpty } + ends(of: series)
      return Chart(
        title: title, x: x,
        y: Axis(unit, over: series.flatMap { $0.points.map(\.y) }) { Format.plain($0) },
        series: series
      ).markup
    }
    return [
      chart("Loss over all epochs", "loss, nats", [series("training", 0) { $0.loss }]),
      chart(
        "Accuracy over all epochs", "accuracy, %",
        [
          series("training", 0) { 100 * $0.accuracy },
          series("validation", 1) { $0.validationAccuracy.map { 100 * $0 } },
        ]),
    ]
  }

  /// Points of a line that a page has room for.
  private static let mostPoints = 480

  /// The last point of every line, with its words.
  private func ends(of series: [Chart.Series]) -> [Chart.Series] {
    series.compactMap { series in
      guard var last = series.points.last else { return nil }
      last.words = "\(series.name), last epoch: \(Format.decimal(last.y, 3))"
      return Chart.Series(name: "", colour: series.colour, points: [last])
    }
  }
}

extension Array {
  /// At most about so many elements, the first and last among them.
  func thinned(to most: Int) -> [Element] {
    guard count > most else { return self }
    return (0..<most).map { self[$0 * (count - 1) / (most - 1)] }
  }
}

extension Markup {
  /// A table under the names of its columns.
  static func table(_ header: [String], _ rows: [[String]]) -> Markup {
    .element(
      "div", ["class": "wide"],
      [
        .element(
          "table", [:],
          [
            .element(
              "thead", [:],
              [.element("tr", [:], header.map { .element("th", ["scope": "col"], [Markup($0)]) })]),
            .element(
              "tbody", [:],
              rows.map { row in .element("tr", [:], row.map { .element("td", [:], [Markup($0)]) }) }
            ),
          ])
      ])
  }
}
