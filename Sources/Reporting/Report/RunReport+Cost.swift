import Runs

extension RunReport {
  /// Time, bytes and memory over density.
  var cost: [Markup] {
    let stages = history.stages.filter { !$0.epochs.isEmpty }
    guard stages.count > 1 else { return [] }
    func chart(
      _ title: String, _ unit: String, _ value: (RunHistory.Stage) -> Double?,
      _ words: (Double) -> String
    ) -> Markup? {
      let points = stages.compactMap { stage in
        value(stage).map { value in
          Chart.Series.Point(
            x: 100 * stage.density, y: value,
            words: """
              iteration \(stage.iteration), density \(Self.percent(stage.density)): \(words(value))
              """)
        }
      }
      guard points.count > 1 else { return nil }
      return Chart(
        title: title,
        x: Axis("density, %", .logarithmic, over: points.map(\.x)) { Format.plain($0) },
        y: Axis(unit, over: [0] + points.map(\.y)) { Format.plain($0) },
        series: [Chart.Series(name: title, colour: 0, points: points)]
      ).markup
    }
    return [
      chart(
        "Time of a training step, by image", "µs an image",
        { stage in stage.median { $0.imagesPerSecond > 0 ? 1e6 / $0.imagesPerSecond : nil } },
        { "\(Format.decimal($0, 1)) µs an image" }),
      chart(
        "Bytes that ranks send in an epoch", "MB an epoch",
        { stage in stage.median { $0.bytesSent > 0 ? Double($0.bytesSent) / 1e6 : nil } },
        { "\(Format.decimal($0, 1)) MB an epoch" }),
      chart(
        "Resident memory of the largest rank", "MB",
        { stage in
          stage.median { ($0.ranks?.map(\.residentBytes).max()).map { Double($0) / 1e6 } }
        },
        { "\(Format.decimal($0, 0)) MB" }),
    ].compactMap(\.self)
  }

  /// Where each rank's time went, over all epochs.
  var times: [Markup] {
    var totals: [[Double]] = []
    for epoch in history.epochs {
      for (rank, times) in (epoch.ranks ?? []).enumerated() {
        if totals.count == rank { totals.append([0, 0, 0, 0]) }
        let parts = [
          times.computeSeconds, times.communicationSeconds, times.dataSeconds,
          times.checkpointSeconds,
        ]
        for (place, seconds) in parts.enumerated() { totals[rank][place] += max(seconds, 0) }
      }
    }
    guard !totals.isEmpty else { return [] }
    let bars = StackedBars(
      title: "Where the time of each rank went",
      parts: ["compute", "communication", "images", "checkpoints"],
      rows: totals.enumerated().map { rank, parts in
        StackedBars.Row(
          name: "rank \(rank)", values: parts, words: Format.duration(parts.reduce(0, +)))
      }, most: totals.map { $0.reduce(0, +) }.max() ?? 1, format: Format.duration)
    return [bars.markup]
  }

  /// What ran where, and the command that repeats it.
  var provenance: [Markup] {
    let facts = [
      ("command", description.command.map(\.shellWord).joined(separator: " ")),
      ("relief-dist", description.version),
      ("ranks", "\(description.worldSize)"), ("processor", description.processor),
      ("kernels", description.kernelSet), ("BLAS", description.blasCore),
      ("data", description.data),
      (
        "images",
        "\(Format.grouped(description.trainingImages)) for training, "
          + "\(Format.grouped(description.testImages)) for tests"
      ),
      ("SHA-256 of the data", description.dataSha256), ("started", description.started),
      ("state", history.end?.stateSha256 ?? "not at its end"),
    ]
    let rows = facts.flatMap { name, value in
      [Markup.element("dt", [:], [Markup(name)]), .element("dd", [:], [Markup(value)])]
    }
    return [
      .element("dl", [:], rows),
      .element(
        "details", [:],
        [
          .element("summary", [:], ["The recipe"]), .element("pre", [:], [Markup(recipe.text)]),
        ]),
    ]
  }
}

extension RunHistory.Stage {
  /// Kept / total.
  fileprivate var density: Double { prune?.density ?? 1 }

  /// The median of what epochs have.
  fileprivate func median(_ value: (RunRecord.Epoch) -> Double?) -> Double? {
    let sorted = epochs.compactMap(value).sorted()
    return sorted.isEmpty ? nil : sorted[sorted.count / 2]
  }
}

extension String {
  /// As a shell takes it for one word.
  fileprivate var shellWord: String {
    let isPlain =
      !isEmpty
      && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./=:,+@%".contains($0)) }
    return isPlain ? self : "'" + replacing("'", with: "'\\''") + "'"
  }
}
