import Foundation
import Outcomes
import Storage

/// The files that a command is to write, each with the flag that names it. They are looked at
/// before the work: what cannot be written, or would take the place of something, is refused then.
struct ResultFiles {
  private let files: [(flag: String, path: String)]

  /// These.
  init(_ files: [(flag: String, path: String?)]) {
    self.files = files.compactMap { flag, path in path.map { (flag, $0) } }
  }

  /// Requires that each can be written and is another than the rest and than `inputs`.
  /// - Throws: `ConfigurationError`, `FileError.system`.
  func require(apartFrom inputs: [String], mayReplace: Bool) throws {
    var taken: [String: String] = [:]
    for path in inputs { taken[try OutputFile.identity(of: path)] = "what is read" }
    for (flag, path) in files {
      try OutputFile.requireWritable(path)
      let identity = try OutputFile.identity(of: path)
      if let other = taken[identity] {
        throw ConfigurationError(
          place: flag, reason: "\(path) is \(other), too; give another path")
      }
      taken[identity] = "that of \(flag)"
      guard mayReplace || !OutputFile.replaces(path) else {
        throw FileError.system(
          path: path, call: "open", code: EEXIST, remedy: "--force replaces it")
      }
    }
  }
}
