import Foundation

/// A folder that is gone when nothing holds it any more.
package final class TemporaryFolder: Sendable {
  /// Where it lies.
  package let path: String

  /// A new, empty folder.
  package init() throws {
    path = NSTemporaryDirectory() + "relief-dist-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes `bytes` to a file in it and returns its path.
  @discardableResult
  package func write(_ bytes: [UInt8], to name: String) throws -> String {
    let file = path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    return file
  }
}
