import Runs

extension RunReport {
  /// Kept / total of every layer after every pruning.
  var survival: [Markup] {
    let prunes = history.prunes.filter { $0.layers != nil }
    guard let first = prunes.first?.layers else { return [] }
    let shares = first.indices.map { layer in
      prunes.map { prune -> Double? in
        prune.layers.map { Double($0[layer].kept) / Double(max($0[layer].total, 1)) }
      }
    }
    let map = Heatmap(
      title: "Share of each layer's connections that survives, by pruning iteration",
      rows: first.map(\.name), columns: prunes.map { "\($0.iteration)" },
      columnAxis: "pruning iteration", shares: shares
    ) { row, column in
      guard let layer = prunes[column].layers?[row] else { return "" }
      return """
        \(layer.name), iteration \(prunes[column].iteration): \(Format.grouped(layer.kept)) of \
        \(Format.grouped(layer.total)) connections, \
        \(RunReport.percent(Double(layer.kept) / Double(max(layer.total, 1))))
        """
    }
    return [map.markup]
  }

  /// Units and connections that the chosen network has left.
  var architecture: [Markup] {
    guard let layers = history.chosenPrune?.layers else { return [] }
    let bars = StackedBars(
      title: "Units left in each layer", parts: ["left", "gone"],
      rows: layers.map { layer in
        StackedBars.Row(
          name: layer.name,
          values: [layer.units, layer.unitsTotal - layer.units].map {
            Double($0) / Double(max(layer.unitsTotal, 1))
          },
          words: """
            \(Format.grouped(layer.units)) of \(Format.grouped(layer.unitsTotal)) units, \
            \(Format.grouped(layer.kept)) of \(Format.grouped(layer.total)) connections
            """)
      }, most: 1, format: RunReport.percent)
    let iteration = history.chosenPrune?.iteration ?? 0
    let words =
      history.end == nil
      ? "The network after iteration \(iteration)."
      : "The chosen network, that of iteration \(iteration). A unit is left while it has a connection."
    return [.element("p", [:], [Markup(words)]), bars.markup]
  }

  /// What share of the connections before it each pruning took away, by reason.
  var reasons: [Markup] {
    let rows = history.prunes.compactMap { prune -> StackedBars.Row? in
      guard let counts = prune.layers.map(Self.removed) else { return nil }
      let gone = counts.reduce(0, +)
      let before = Double(max(prune.kept + gone, 1))
      return StackedBars.Row(
        name: "\(prune.iteration)", values: counts.map { Double($0) / before },
        words: "\(Format.grouped(gone)), \(Format.decimal(100 * Double(gone) / before, 1)) %")
    }
    guard !rows.isEmpty else { return [] }
    let bars = StackedBars(
      title: "Share of connections that each pruning iteration took away, by reason",
      parts: ["importance", "dead units", "residual rule", "unread units"], rows: rows,
      most: rows.map { $0.values.reduce(0, +) }.max() ?? 1, format: RunReport.percent)
    let words = "Of the connections before each pruning iteration, those that it took away."
    return [.element("p", [:], [Markup(words)]), bars.markup]
  }

  /// Over all layers, in the order of the bars' parts.
  private static func removed(_ layers: [RunRecord.Prune.Layer]) -> [Int] {
    let reasons: [KeyPath<RunRecord.Prune.Removed, Int>] = [
      \.importance, \.dead, \.residual, \.unread,
    ]
    return reasons.map { reason in layers.reduce(0) { $0 + $1.removed[keyPath: reason] } }
  }

  /// How many connections each pixel keeps, channel by channel.
  var inputs: [Markup] {
    guard let prune = history.chosenPrune, let kept = prune.inputs, let axes = prune.inputShape,
      axes.count == 3, axes.reduce(1, *) == kept.count
    else { return [] }
    let size = (channels: axes[0], height: axes[1], width: axes[2])
    let most = max(kept.max() ?? 0, 1)
    let pictures = (0..<size.channels).map { channel in
      let rows = (0..<size.height).map { row in
        (0..<size.width).map { kept[(channel * size.height + row) * size.width + $0] }
      }
      return Heatmap(
        title: "Connections that each pixel keeps to the first layer, up to \(most)",
        rows: [], columns: [], columnAxis: "",
        shares: rows.map { $0.map { Double($0) / Double(most) } }
      ) { "row \($0), column \($1): \(rows[$0][$1]) connections" }.markup
    }
    let dark = kept.count { $0 == 0 }
    let words = """
      Connections that each pixel keeps to the first layer, none to \(most). \
      \(Format.grouped(dark)) of \(Format.grouped(kept.count)) pixels have none.
      """
    return [
      .element("p", [:], [Markup(words)]), .element("div", ["class": "pixels"], pictures),
    ]
  }
}
