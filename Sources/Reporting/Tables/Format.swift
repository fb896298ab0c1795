import Foundation

/// Numbers as people read them.
enum Format {
  static func decimal(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }

  static func grouped(_ value: Int) -> String {
    var digits = String(abs(value))
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }

  static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole < 60 { return decimal(seconds, 1) + " s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// A number with as few digits as it has.
  static func plain(_ value: Double) -> String {
    let rounded = (value * 1e4).rounded() / 1e4
    return rounded == rounded.rounded() && abs(rounded) < 1e15
      ? grouped(Int(rounded)) : "\(rounded)"
  }

  /// A number of things, in thousands or millions where that is short.
  static func count(_ value: Double) -> String {
    if value >= 1e6 { return plain(value / 1e6) + " M" }
    return value >= 1e4 ? plain(value / 1e3) + " k" : plain(value)
  }

  /// A small share of 1.
  static func share(_ value: Double) -> String {
    value == 0 ? "0" : String(format: "%.0e", value)
  }

  /// Bytes in powers of 1000.
  static func bytes(_ count: Int) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var (value, unit) = (Double(count), 0)
    while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
    return decimal(value, unit > 0 && value < 10 ? 1 : 0) + " " + units[unit]
  }

  /// A short time in the unit that suits it.
  static func time(_ seconds: Double) -> String {
    if seconds < 1e-3 { return decimal(seconds * 1e6, 0) + " µs" }
    if seconds < 1 { return decimal(seconds * 1e3, seconds < 0.1 ? 2 : 0) + " ms" }
    return decimal(seconds, 2) + " s"
  }
}
