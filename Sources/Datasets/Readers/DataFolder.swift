import Foundation
import Storage

/// The folder that holds the files of a data set.
struct DataFolder {
  /// Where it lies.
  let path: String
  private let name: String

  /// The folder `path` of the data set `name`.
  /// - Throws: `FileError`: missing where there is none, mistaken where something else lies there,
  ///   or the system's refusal.
  init(_ path: String, of name: String) throws {
    guard let kind = try PathKind.of(path) else {
      throw FileError.missing(
        path: path, remedy: "set data.path to the folder with the files of \(name)")
    }
    guard kind == .folder else { throw Distribution.of(name).mistake(path, kind, of: name) }
    (self.path, self.name) = (path, name)
  }

  /// The path of the file that has the first of these names that there is.
  /// - Throws: `FileError`, which names the first, where there is none; the system's refusal.
  func file(_ names: String...) throws -> String { try file(names) }

  /// The path of the file that has the first of these names that there is.
  /// - Throws: `FileError`, which names the first, where there is none; the system's refusal.
  func file(_ names: [String]) throws -> String {
    if let found = try optionalFile(names) { return found }
    for name in names where try PathKind.of("\(path)/\(name)") == .folder {
      throw FileError.mistaken(
        path: "\(path)/\(name)", found: "is a folder without a file of that name in it",
        remedy: "set data.path to the folder that holds the file")
    }
    throw try absence(of: names[0])
  }

  /// The path of the file that has the first of these names that there is; nil where there is none.
  ///
  /// Some programs unpack a file into a folder of its name: where there is only that, it is looked
  /// into.
  /// - Throws: `FileError.system`.
  func optionalFile(_ names: [String]) throws -> String? {
    let kinds = try names.map { try PathKind.of("\(path)/\($0)") }
    if let first = kinds.firstIndex(where: { $0 != nil && $0 != .folder }) {
      return "\(path)/\(names[first])"
    }
    for (folder, kind) in zip(names, kinds) where kind == .folder {
      for name in [folder] + names {
        let file = "\(path)/\(folder)/\(PathName.last(of: name))"
        if try PathKind.of(file) == .file { return file }
      }
    }
    return nil
  }

  /// The path of the folder `name` in it.
  /// - Throws: `FileError`: missing, mistaken where something else lies there, or the system's
  ///   refusal.
  func folder(_ name: String) throws -> String {
    let folder = "\(path)/\(name)"
    guard let kind = try PathKind.of(folder) else { throw try absence(of: name) }
    guard kind == .folder else {
      throw FileError.mistaken(
        path: folder, found: "is \(kind.rawValue) where a folder is wanted",
        remedy: "set data.path to the folder that holds it")
    }
    return folder
  }

  /// The paths of the files called `prefix`, a number, `suffix`, by ascending number.
  /// - Throws: `FileError`: missing or mistaken, which names number 1, where there are none; the
  ///   system's refusal.
  func files(numberedBetween prefix: String, _ suffix: String) throws -> [String] {
    let numbered = try Folder.names(in: path).compactMap { name -> (number: Int, name: String)? in
      guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
      return Int(name.dropFirst(prefix.count).dropLast(suffix.count)).map { ($0, name) }
    }
    guard !numbered.isEmpty else { return [try file(prefix + "1" + suffix)] }
    return try numbered.sorted(by: <).map { try file($0.name) }
  }

  /// What to say where `name` is not there.
  private func absence(of name: String) throws -> FileError {
    try Distribution.of(self.name).mistake(path, without: name)
      ?? .missing(path: "\(path)/\(name)", remedy: "set data.path to the folder that holds it")
  }
}
