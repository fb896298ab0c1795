import Foundation

/// An axis of a chart: from numbers to places between 0 and 1, with ticks.
struct Axis: Sendable {
  /// How numbers are spread.
  enum Scale: Sendable {
    case linear, logarithmic
  }

  /// What it shows, with its unit.
  let name: String
  let scale: Scale
  /// The numbers at its ends.
  let range: ClosedRange<Double>
  /// The word at a number.
  let format: @Sendable (Double) -> String

  /// An axis that has room for `values`, from a round number to a round number; on a logarithmic
  /// one only those above 0 count.
  init(
    _ name: String, _ scale: Scale = .linear, over values: [Double],
    format: @escaping @Sendable (Double) -> String
  ) {
    (self.name, self.scale, self.format) = (name, scale, format)
    let finite = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }
    let (least, most) = (finite.min() ?? (scale == .linear ? 0 : 1), finite.max() ?? 1)
    switch scale {
    case .linear:
      let step = Self.step(most > least ? most - least : max(abs(most), 1) / 2)
      let lower = (least / step).rounded(.down) * step
      range = lower...max((most / step).rounded(.up) * step, lower + step)
    case .logarithmic: range = least * 0.85...max(most * 1.15, least * 1.5)
    }
  }

  /// Where `value` is, 0 at the lower end and 1 at the upper.
  func place(_ value: Double) -> Double {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    switch scale {
    case .linear: return (value - lower) / (upper - lower)
    case .logarithmic: return log(max(value, lower) / lower) / log(upper / lower)
    }
  }

  /// Numbers that have a tick.
  var ticks: [Double] {
    switch scale {
    case .linear:
      let step = Self.step(range.upperBound - range.lowerBound)
      let (first, last) = ((range.lowerBound / step).rounded(.up), (range.upperBound / step + 1e-9))
      return stride(from: first, through: last, by: 1).map { $0 * step }
    case .logarithmic:
      let decades = Int(log10(range.lowerBound).rounded(.down))...Int(log10(range.upperBound))
      let factors: [Double] = decades.count > 4 ? [1] : decades.count > 2 ? [1, 3] : [1, 2, 5]
      let all = decades.flatMap { decade in factors.map { $0 * pow(10, Double(decade)) } }
      return all.filter(range.contains)
    }
  }

  /// A round step that takes about five to a span.
  private static func step(_ span: Double) -> Double {
    let rough = span / 5
    let decade = pow(10, log10(rough).rounded(.down))
    return (([1, 2, 5].first { rough <= $0 * decade * 1.0001 }) ?? 10) * decade
  }
}
