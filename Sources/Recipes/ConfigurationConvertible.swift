import Networks
import Optimizers
import Pruning
import Storage

/// A type that recipes can hold.
protocol ConfigurationConvertible: SendableMetatype {
  static var kind: String { get }
  var configurationValue: ConfigurationValue { get }
  init?(_ value: ConfigurationValue)
}

extension String: ConfigurationConvertible {
  static let kind = "a text"
  var configurationValue: ConfigurationValue { .text(self) }
  init?(_ value: ConfigurationValue) {
    guard case .text(let text) = value else { return nil }
    self = text
  }
}

extension Int: ConfigurationConvertible {
  static let kind = "a whole number"
  var configurationValue: ConfigurationValue { .integer(self) }
  init?(_ value: ConfigurationValue) {
    guard case .integer(let number) = value else { return nil }
    self = number
  }
}

extension Double: ConfigurationConvertible {
  static let kind = "a number"
  var configurationValue: ConfigurationValue { .number(self) }
  init?(_ value: ConfigurationValue) {
    switch value {
    case .number(let number): self = number
    case .integer(let number): self = Double(number)
    default: return nil
    }
  }
}

extension Bool: ConfigurationConvertible {
  static let kind = "true or false"
  var configurationValue: ConfigurationValue { .truth(self) }
  init?(_ value: ConfigurationValue) {
    guard case .truth(let truth) = value else { return nil }
    self = truth
  }
}

extension [Int]: ConfigurationConvertible {
  static let kind = "a list of whole numbers"
  var configurationValue: ConfigurationValue { .list(map { .integer($0) }) }
  init?(_ value: ConfigurationValue) {
    guard case .list(let values) = value else { return nil }
    let numbers = values.compactMap { Int($0) }
    guard numbers.count == values.count else { return nil }
    self = numbers
  }
}

extension ConfigurationConvertible where Self: RawRepresentable<String> & CaseIterable {
  static var kind: String {
    "one of " + allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
  }
  var configurationValue: ConfigurationValue { .text(rawValue) }
  init?(_ value: ConfigurationValue) {
    guard case .text(let text) = value else { return nil }
    self.init(rawValue: text)
  }
}

extension KnownOptimizer: ConfigurationConvertible {
  static var kind: String {
    "one of " + all.map { "\"\($0.name)\"" }.joined(separator: ", ")
  }
  var configurationValue: ConfigurationValue { .text(name) }
  init?(_ value: ConfigurationValue) {
    guard case .text(let text) = value, let known = KnownOptimizer.named(text) else { return nil }
    self = known
  }
}
extension Initialisation: ConfigurationConvertible {}
extension Schedule.Kind: ConfigurationConvertible {}
extension BatchNormScope: ConfigurationConvertible {}
extension Recipe.Safety.Response: ConfigurationConvertible {}
extension Engine: ConfigurationConvertible {}
extension PruningRule.Compatibility: ConfigurationConvertible {}
extension PruningRule.Count: ConfigurationConvertible {}
