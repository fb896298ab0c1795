import Foundation
import Storage

extension Encodable {
  /// One line of JSON, keys in snake case.
  package var jsonLine: String {
    get throws {
      String(decoding: try JSONEncoder.snakeCase.encode(self), as: UTF8.self).printableJSON
    }
  }
}
