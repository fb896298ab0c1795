import Foundation
import Outcomes
import TOMLKit

/// A value of a configuration.
package enum ConfigurationValue: Equatable, Sendable, CustomStringConvertible {
  case integer(Int)
  case number(Double)
  case text(String)
  case truth(Bool)
  case list([ConfigurationValue])

  /// As TOML.
  package var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .text(let value): "\"" + value.unicodeScalars.map(Self.escaped).joined() + "\""
    case .truth(let value): "\(value)"
    case .list(let values): "[" + values.map(\.description).joined(separator: ", ") + "]"
    }
  }

  /// A character of a TOML string.
  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\\", "\"": "\\\(scalar)"
    case "\0"..."\u{1F}", "\u{7F}": String(format: "\\u%04X", scalar.value)
    default: String(scalar)
    }
  }

  init?(_ value: any TOMLValueConvertible) {
    switch value.type {
    case .int: self = .integer(value.int ?? 0)
    case .double: self = .number(value.double ?? 0)
    case .string: self = .text(value.string ?? "")
    case .bool: self = .truth(value.bool ?? false)
    case .array:
      var values: [ConfigurationValue] = []
      for element in value.array ?? TOMLArray() {
        guard let element = ConfigurationValue(element) else { return nil }
        values.append(element)
      }
      self = .list(values)
    default: return nil
    }
  }

  /// The value that `text` is in TOML; a text that is no TOML value is a string.
  package init(parsing text: String) {
    let statement = "value = \(text)"
    guard (try? ConfigurationOutline(statement, path: "")) != nil,
      let table = try? TOMLTable(string: statement), table.count == 1,
      let value = table["value"], let parsed = ConfigurationValue(value)
    else {
      self = .text(text)
      return
    }
    self = parsed
  }
}

/// A key with its value and where both stand.
package struct ConfigurationEntry: Sendable {
  /// Tables and key, joined by dots.
  package let key: String
  /// What it is set to.
  package let value: ConfigurationValue
  /// File and line, or the flag that set it.
  package let place: String

  /// A key set at `place`.
  package init(key: String, value: ConfigurationValue, place: String) {
    self.key = key
    self.value = value
    self.place = place
  }
}

/// A TOML file as a flat list of entries.
package enum ConfigurationFile {
  /// The entries of `text`, which was read from `path`.
  /// - Throws: `ConfigurationError` with the line of the mistake.
  package static func entries(_ text: String, path: String) throws -> [ConfigurationEntry] {
    let lines = try ConfigurationOutline(text, path: path).lines
    let table: TOMLTable
    do { table = try TOMLTable(string: text) } catch let error as TOMLParseError {
      throw ConfigurationError(
        place: "\(path):\(error.source.begin.line)", reason: "\(error.description)")
    }
    var entries: [ConfigurationEntry] = []
    func collect(_ table: TOMLTable, _ prefix: String, depth: Int) throws {
      for (name, value) in table {
        let key = prefix + name
        let place = lines[key].map { "\(path):\($0)" } ?? path
        if let inner = value.table {
          guard depth < mostTables else {
            throw ConfigurationError(
              place: place, reason: "more than \(mostTables) tables in one another")
          }
          try collect(inner, key + ".", depth: depth + 1)
        } else if let value = ConfigurationValue(value) {
          entries.append(ConfigurationEntry(key: key, value: value, place: place))
        } else {
          throw ConfigurationError(place: place, reason: "\(key) has a value of an unknown kind")
        }
      }
    }
    try collect(table, "", depth: 0)
    return entries
  }

  /// No key of a program is that deep; following any number of them takes the stack.
  private static let mostTables = 16
}
