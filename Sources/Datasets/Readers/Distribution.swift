import Foundation
import Storage

/// What a data set's folders and archives are called where people have it, so that who gives
/// another than the one with the files is told which.
struct Distribution: Sendable {
  /// The folders with the files, below those that may be given instead.
  let folders: [String]
  /// The files of the form pickled for Python, which is not read.
  let pickles: [String]
  /// The folder and the archive with the files; empty where they come one by one.
  let folder, archive: String

  init(
    folders: [String], pickles: [String] = [], folder: String = "", archive: String = ""
  ) {
    (self.folders, self.pickles) = (folders, pickles)
    (self.folder, self.archive) = (folder, archive)
  }

  /// That of the data set `name`.
  static func of(_ name: String) -> Distribution {
    DataFormat.named(name)?.distribution ?? Distribution(folders: [])
  }

  private static let archiveEndings = [
    ".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz", ".7z", ".rar",
  ]

  private static func isArchive(_ name: String) -> Bool {
    archiveEndings.contains { name.lowercased().hasSuffix($0) }
  }

  /// What is wrong with `path`, where something else than a folder lies.
  func mistake(_ path: String, _ kind: PathKind, of name: String) -> FileError {
    guard kind == .file, Self.isArchive(path) else {
      return .mistaken(
        path: path, found: "is \(kind.rawValue)",
        remedy: "set data.path to the folder with the files of \(name)")
    }
    return .mistaken(path: path, found: "is an archive", remedy: remedy(forArchive: path))
  }

  /// Why the folder `path` does not hold `file`, if that can be seen from what it holds.
  /// - Throws: `FileError.system` where that is refused.
  func mistake(_ path: String, without file: String) throws -> FileError? {
    func instead(_ found: String, _ remedy: String) -> FileError {
      .mistaken(path: path, found: "holds no \(file), but \(found)", remedy: remedy)
    }
    for folder in folders where try PathKind.of("\(path)/\(folder)") == .folder {
      return instead("the folder \(folder)", "set data.path to \(path)/\(folder)")
    }
    for pickle in pickles where try PathKind.of("\(path)/\(pickle)") == .file {
      return instead("\(pickle), pickled for Python", remedyForPickles)
    }
    let archives = try Folder.names(in: path).filter(Self.isArchive)
    return archives.min().map { instead("the archive \($0)", remedy(forArchive: $0)) }
  }

  private func remedy(forArchive path: String) -> String {
    let name = PathName.last(of: path)
    if !pickles.isEmpty, name.contains("python") { return remedyForPickles }
    let inside = folder.isEmpty ? "with its files" : "\(folder) in it"
    return "unpack it and set data.path to the folder \(inside)"
  }

  private var remedyForPickles: String {
    """
    the binary version is wanted: download \(archive), unpack it and set data.path to the folder \
    \(folder) in it
    """
  }
}
