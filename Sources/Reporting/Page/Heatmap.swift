/// Rectangles whose shade tells a share from 0 to 1, by its root so that small ones are seen.
struct Heatmap: Sendable {
  /// What it shows, for those who do not see it.
  let title: String
  /// Names of rows; none where there are only rectangles.
  let rows: [String]
  /// Names of columns; those that would overlap are left out.
  let columns: [String]
  let columnAxis: String
  /// `[row][column]`; nil where there is none.
  let shares: [[Double?]]
  /// What a rectangle tells when it is pointed at.
  let words: @Sendable (_ row: Int, _ column: Int) -> String

  private static let width = 480.0

  /// The picture, with its scale below.
  var markup: Markup {
    let left = rows.isEmpty ? 0 : Double(min(rows.map(\.count).max() ?? 0, 20)) * 6.4 + 8
    let count = max(shares.map(\.count).max() ?? 0, 1)
    let cell = (Self.width - left) / Double(count)
    let height = rows.isEmpty ? cell : max(min(cell, 22), 12)
    let bottom = Double(shares.count) * height
    let cells = shares.enumerated().flatMap { row, shares in
      shares.enumerated().compactMap { column, share -> Markup? in
        guard let share else { return nil }
        return .element(
          "rect",
          [
            "x": (left + Double(column) * cell).short, "y": (Double(row) * height).short,
            "width": (cell + 0.3).short, "height": (height + 0.3).short, "class": "cell",
            "fill-opacity": Format.decimal(share.squareRoot(), 3),
          ], [.element("title", [:], [Markup(words(row, column))])])
      }
    }
    let names = rows.enumerated().map { row, name in
      Markup.label(
        name.count > 20 ? String(name.prefix(19)) + "…" : name, left - 6,
        (Double(row) + 0.5) * height + 4,
        anchor: "end")
    }
    let every = max(1, Int((34 / cell).rounded(.up)))
    let numbers = columns.enumerated().compactMap { column, name -> Markup? in
      guard column % every == 0 else { return nil }
      return .label(name, left + (Double(column) + 0.5) * cell, bottom + 15, anchor: "middle")
    }
    let axis =
      columnAxis.isEmpty
      ? [] : [Markup.label(columnAxis, (left + Self.width) / 2, bottom + 32, anchor: "middle")]
    let whole = columns.isEmpty ? bottom : bottom + 38
    return .element(
      "figure", [:],
      [
        .element(
          "svg",
          [
            "viewBox": "0 0 480 \(whole.short)", "role": "img", "aria-label": title,
            "class": "heat",
          ],
          [.element("title", [:], [Markup(title)])] + cells + names + numbers + axis),
        .element(
          "figcaption", ["class": "legend"],
          [
            .element("span", ["class": "key none"], ["0 %"]),
            .element("span", ["class": "key few"], ["5 %"]),
            .element("span", ["class": "key some"], ["30 %"]),
            .element("span", ["class": "key all"], ["100 %"]),
          ]),
      ])
  }
}
