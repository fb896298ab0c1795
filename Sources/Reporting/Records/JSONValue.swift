import Foundation
import Runs
import Storage

/// Any value of JSON.
enum JSONValue: Decodable {
  case integer(Int)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// What a line of `metrics.jsonl` says.
  init(_ record: RunRecord) throws {
    self = try JSONDecoder().decode(Self.self, from: JSONEncoder.snakeCase.encode(record))
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// Its single values by key, those of a dictionary in it by both keys.
  var flattened: [String: String] {
    guard case .object(let fields) = self else { return [:] }
    var flat: [String: String] = [:]
    for (key, value) in fields {
      switch value {
      case .integer(let value): flat[key] = "\(value)"
      case .number(let value): flat[key] = "\(value)"
      case .text(let value): flat[key] = value
      case .object: for (inner, text) in value.flattened { flat["\(key)_\(inner)"] = text }
      case .list: break
      }
    }
    return flat
  }

  /// Its numbers by key, those of a dictionary in it by both keys, in the order of keys.
  var numbers: [(key: String, value: Double)] {
    guard case .object(let fields) = self else { return [] }
    return fields.sorted { $0.key < $1.key }.flatMap {
      key, value -> [(key: String, value: Double)] in
      switch value {
      case .integer(let value): return [(key, Double(value))]
      case .number(let value): return [(key, value)]
      case .object: return value.numbers.map { ("\(key)_\($0.key)", $0.value) }
      case .text, .list: return []
      }
    }
  }

  /// The text under `key`.
  func text(_ key: String) -> String? {
    guard case .object(let fields) = self, case .text(let text)? = fields[key] else { return nil }
    return text
  }

  /// The elements of the list under `key`.
  func elements(of key: String) -> [JSONValue] {
    guard case .object(let fields) = self, case .list(let elements)? = fields[key] else {
      return []
    }
    return elements
  }
}
