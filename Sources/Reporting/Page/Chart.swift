/// Lines and points over two axes, as SVG that scales with the page. Points tell their values when
/// they are pointed at or focused.
struct Chart: Sendable {
  /// A line.
  struct Series: Sendable {
    /// A place on it, and what to tell there; nothing where it is only passed.
    struct Point: Sendable {
      let x, y: Double
      var words: String?
    }

    /// What it shows; empty where another line's name does for both.
    let name: String
    /// Which of the page's colours and dashes it has.
    let colour: Int
    let points: [Point]
  }

  /// A level or a stretch of y over the whole width.
  struct Band: Sendable {
    let name: String
    let range: ClosedRange<Double>
  }

  /// What it shows, for those who do not see it.
  let title: String
  let x, y: Axis
  var bands: [Band] = []
  let series: [Series]
  /// The point that stands out, and why.
  var mark: (point: Series.Point, words: String)?

  private static let (width, height) = (480.0, 280.0)
  private static let (left, right, top, bottom) = (58.0, 20.0, 12.0, 44.0)

  /// The picture, with its legend below.
  var markup: Markup {
    let content =
      [.element("title", [:], [Markup(title)])] + grid + bands.map(band)
      + series.flatMap(line) + series.flatMap(points) + marks
    return .element(
      "figure", [:],
      [
        .element(
          "svg",
          [
            "viewBox": "0 0 \(Int(Self.width)) \(Int(Self.height))", "role": "img",
            "aria-label": title,
          ],
          content),
        .element("figcaption", ["class": "legend"], legend),
      ])
  }

  private func horizontal(_ value: Double) -> Double {
    Self.left + x.place(value) * (Self.width - Self.left - Self.right)
  }

  private func vertical(_ value: Double) -> Double {
    Self.height - Self.bottom - y.place(value) * (Self.height - Self.top - Self.bottom)
  }

  private var grid: [Markup] {
    let (low, high) = (Self.height - Self.bottom, Self.width - Self.right)
    var parts: [Markup] = []
    for tick in y.ticks {
      let place = vertical(tick)
      parts.append(.line(Self.left, place, high, place, "grid"))
      parts.append(.label(y.format(tick), Self.left - 6, place + 4, anchor: "end"))
    }
    for tick in x.ticks {
      let place = horizontal(tick)
      parts.append(.line(place, low, place, low + 4, "axis"))
      parts.append(.label(x.format(tick), place, low + 17, anchor: "middle"))
    }
    parts.append(.line(Self.left, low, high, low, "axis"))
    parts.append(.label(x.name, (Self.left + high) / 2, Self.height - 8, anchor: "middle"))
    parts.append(
      .element(
        "text",
        [
          "text-anchor": "middle",
          "transform": "translate(12 \(((Self.top + low) / 2).short)) rotate(-90)",
        ], [Markup(y.name)]))
    return parts
  }

  private func band(_ band: Band) -> Markup {
    let (upper, lower) = (vertical(band.range.upperBound), vertical(band.range.lowerBound))
    return .element(
      "rect",
      [
        "class": "band", "x": Self.left.short, "y": upper.short,
        "width": (Self.width - Self.left - Self.right).short,
        "height": max(lower - upper, 1).short,
      ], [.element("title", [:], [Markup(band.name)])])
  }

  private func line(_ series: Series) -> [Markup] {
    let places = series.points.map { "\(horizontal($0.x).short),\(vertical($0.y).short)" }
    guard places.count > 1 else { return [] }
    return [
      .element(
        "polyline", ["class": "line c\(series.colour)", "points": places.joined(separator: " ")])
    ]
  }

  private func points(_ series: Series) -> [Markup] {
    series.points.compactMap { point in
      guard let words = point.words else { return nil }
      return .element(
        "circle",
        [
          "class": "dot c\(series.colour)", "cx": horizontal(point.x).short,
          "cy": vertical(point.y).short, "r": "3.5", "tabindex": "0", "role": "img",
          "aria-label": words,
        ], [.element("title", [:], [Markup(words)])])
    }
  }

  private var marks: [Markup] {
    guard let mark else { return [] }
    let (x, y) = (horizontal(mark.point.x), vertical(mark.point.y))
    return [
      .element(
        "circle", ["class": "mark", "cx": x.short, "cy": y.short, "r": "7"],
        [.element("title", [:], [Markup(mark.words)])])
    ]
  }

  private var legend: [Markup] {
    series.filter { !$0.name.isEmpty }.map {
      .element("span", ["class": "key c\($0.colour)"], [Markup($0.name)])
    }
      + bands.map { .element("span", ["class": "key band"], [Markup($0.name)]) }
      + (mark.map { [.element("span", ["class": "key mark"], [Markup($0.words)])] } ?? [])
  }
}

extension Markup {
  /// A line of SVG.
  static func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ kind: String) -> Markup
  {
    .element(
      "line",
      ["class": kind, "x1": x1.short, "y1": y1.short, "x2": x2.short, "y2": y2.short])
  }

  /// Words in SVG.
  static func label(_ text: String, _ x: Double, _ y: Double, anchor: String) -> Markup {
    .element("text", ["x": x.short, "y": y.short, "text-anchor": anchor], [Markup(text)])
  }
}

extension Double {
  /// A place in a picture, to a tenth.
  var short: String {
    let tenths = Int((self * 10).rounded())
    return tenths % 10 == 0 ? "\(tenths / 10)" : Format.decimal(Double(tenths) / 10, 1)
  }
}
