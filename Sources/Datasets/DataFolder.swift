import Foundation
import Storage

/// The folder that holds the files of a data set.
struct DataFolder {
  private let path: String

  /// The folder `path` of the data set `name`.
  /// - Throws: `FileError.missing` where there is none, or a file in its place.
  init(_ path: String, of name: String) throws {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
    else {
      throw FileError.missing(
        path: path, remedy: "set data.path to the folder with the files of \(name)")
    }
    self.path = path
  }

  /// The path of the file `name`, or else of `other`.
  /// - Throws: `FileError.missing`, which names the first, where there is neither.
  func file(_ name: String, or other: String? = nil) throws -> String {
    guard let found = optionalFile(name) ?? other.flatMap(optionalFile) else {
      throw FileError.missing(
        path: "\(path)/\(name)", remedy: "set data.path to the folder that holds it")
    }
    return found
  }

  /// The path of the file `name`, nil where there is none.
  func optionalFile(_ name: String) -> String? {
    let file = "\(path)/\(name)"
    return FileManager.default.fileExists(atPath: file) ? file : nil
  }

  /// The paths of the files called `prefix`, a number, `suffix`, by ascending number.
  /// - Throws: `FileError.missing`, which names number 1, where there are none.
  func files(numberedBetween prefix: String, _ suffix: String) throws -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let numbered = names.compactMap { name -> (number: Int, name: String)? in
      guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
      return Int(name.dropFirst(prefix.count).dropLast(suffix.count)).map { ($0, name) }
    }
    guard !numbered.isEmpty else { return [try file(prefix + "1" + suffix)] }
    return numbered.sorted(by: <).map { "\(path)/\($0.name)" }
  }
}
