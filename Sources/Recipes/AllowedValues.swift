import Foundation

/// The values that a key may have, and how messages name them.
struct AllowedValues<Value>: Sendable {
  /// What a value must be, as in "it must be 1 or more".
  let words: String
  /// Whether a value may be had.
  let contain: @Sendable (Value) -> Bool
  /// The names there are, where it must be one of them.
  var names: [String] = []

  /// All of the kind.
  static var any: AllowedValues { AllowedValues(words: "any") { _ in true } }
}

extension AllowedValues<String> {
  /// One of these names.
  static func named(_ names: [String]) -> AllowedValues {
    let names = names.sorted()
    return AllowedValues(
      words: "one of " + names.joined(separator: ", "), contain: { names.contains($0) },
      names: names)
  }
}

extension AllowedValues<Int> {
  /// `least` or more; `meaning` says what that one means.
  static func atLeast(_ least: Int, _ meaning: String = "") -> AllowedValues {
    AllowedValues(words: "\(least)\(meaning.isEmpty ? "" : " (\(meaning))") or more") {
      $0 >= least
    }
  }

  /// From one to the other.
  static func between(_ range: ClosedRange<Int>) -> AllowedValues {
    AllowedValues(words: "\(range.lowerBound) to \(range.upperBound)") { range.contains($0) }
  }
}

extension AllowedValues<Double> {
  /// Above 0.
  static var positive: AllowedValues {
    AllowedValues(words: "above 0") { $0 > 0 && $0.isFinite }
  }
  /// 0 or more.
  static var notNegative: AllowedValues {
    AllowedValues(words: "0 or more") { $0 >= 0 && $0.isFinite }
  }
  /// At least 0, and below 1.
  static var belowOne: AllowedValues {
    AllowedValues(words: "in [0, 1)") { (0..<1).contains($0) }
  }
  /// From 0 to 1.
  static var fraction: AllowedValues {
    AllowedValues(words: "in [0, 1]") { (0...1).contains($0) }
  }
  /// Above 0, up to 1.
  static var share: AllowedValues {
    AllowedValues(words: "in (0, 1]") { $0 > 0 && $0 <= 1 }
  }
}
