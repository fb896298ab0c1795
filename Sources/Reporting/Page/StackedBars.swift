/// Rows of bars whose parts add up, as HTML: they wrap and print as text does.
struct StackedBars: Sendable {
  /// A bar.
  struct Row: Sendable {
    let name: String
    /// One a part.
    let values: [Double]
    /// What the whole bar comes to, in words.
    let words: String
  }

  /// What it shows, for those who do not see it.
  let title: String
  /// What its colours mean.
  let parts: [String]
  let rows: [Row]
  /// What the longest bar can be.
  let most: Double
  /// A value in words.
  let format: @Sendable (Double) -> String

  /// The picture, with its legend below.
  var markup: Markup {
    .element(
      "figure", ["role": "img", "aria-label": title],
      [
        .element("div", ["class": "bars"], rows.flatMap(row)),
        .element(
          "figcaption", ["class": "legend"],
          parts.enumerated().map { .element("span", ["class": "key box c\($0)"], [Markup($1)]) }),
      ])
  }

  private func row(_ row: Row) -> [Markup] {
    let segments = row.values.enumerated().compactMap { index, value -> Markup? in
      guard value > 0, most > 0 else { return nil }
      let words = "\(row.name): \(parts[index]) \(format(value))"
      return .element(
        "span",
        [
          "class": "part c\(index)", "style": "width:\(Format.decimal(100 * value / most, 2))%",
          "title": words, "tabindex": "0", "aria-label": words,
        ])
    }
    return [
      .element("span", ["class": "name"], [Markup(row.name)]),
      .element("span", ["class": "bar"], segments),
      .element("span", ["class": "words"], [Markup(row.words)]),
    ]
  }
}
