import Foundation

extension OutputFile {
  /// What the names of files end in that are not complete.
  package static let partialSuffix = ".partial"

  /// A name beside `path` for a file that is to become it: nobody can have put something there
  /// beforehand.
  package static func temporaryName(for path: String) -> String {
    let digits = String(UInt32.random(in: 0...UInt32.max), radix: 16)
    let zeros = String(repeating: "0", count: 8 - digits.count)
    return "\(path).\(zeros)\(digits)\(partialSuffix)"
  }

  /// The files of this user in `folder` that have a temporary name of a file whose name `isWanted`:
  /// those that are being written, and those that a killed process has left.
  /// - Throws: `FileError.system` where the folder cannot be read.
  package static func temporaryFiles(
    in folder: String, of isWanted: (_ name: Substring) -> Bool
  ) throws -> [String] {
    try Folder.names(in: folder).filter { name in
      guard let match = name.wholeMatch(of: /(.+)\.[0-9A-Fa-f]{8}\.partial/), isWanted(match.1)
      else { return false }
      var status = stat()
      return lstat("\(folder)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        && status.st_uid == geteuid()
    }.map { "\(folder)/\($0)" }
  }

  /// Requires that `descriptor`, opened by the name `path` that another process has made, is of a
  /// file that has no other name.
  /// - Throws: `FileError`.
  static func requireOneName(_ descriptor: Int32, _ path: String) throws {
    var status = stat()
    try check("fstat", path) { fstat(descriptor, &status) }
    try PathKind.requireFile(status, path)
    guard status.st_nlink <= 1 else {
      throw FileError.damaged(
        path: path, offset: nil, reason: "has \(status.st_nlink) names where it was made with one")
    }
  }
}

extension OutputFile {
  /// Requires that `replace` could write a file to `path`, which stays as it is: for what is
  /// written only after long work.
  /// - Throws: `FileError.system`.
  package static func requireWritable(_ path: String) throws {
    func refused(_ code: Int32, _ remedy: String) -> FileError {
      .system(path: path, call: "open", code: code, remedy: remedy)
    }
    guard !path.hasSuffix("/"), try PathKind.of(path) != .folder else {
      throw refused(EISDIR, "give the path of a file in it")
    }
    try requireReplaceable(path)
    let name = temporaryName(for: path)
    do {
      close(try check("open", path) { open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) })
    } catch FileError.system(_, _, ENOENT, _) {
      throw refused(ENOENT, "make its folder first")
    } catch FileError.system(_, _, ENAMETOOLONG, _) {
      throw refused(
        ENAMETOOLONG,
        "give a shorter one: while it is written it has \(name.count - path.count) more")
    }
    unlink(name)
  }

  /// Requires that nothing lies at `path` that a file must not take the place of.
  /// - Throws: `FileError.system`.
  static func requireReplaceable(_ path: String) throws {
    if let kind = try PathKind.of(path), ![.file, .folder].contains(kind) {
      throw FileError.system(
        path: path, call: "rename", code: EEXIST,
        remedy: "it is \(kind.rawValue), give the path of a file")
    }
  }

  /// Whether a file at `path` would take the place of something, be it a link that leads nowhere.
  package static func replaces(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// What tells the file that is, or could be, at `path` from all others of this machine.
  /// - Throws: `FileError.system` where there is no folder for it.
  package static func identity(of path: String) throws -> String {
    if try PathKind.of(path) != nil { return try Folder.identity(of: path) }
    return try Folder.identity(of: PathName.folder(of: path)) + "/" + PathName.last(of: path)
  }
}
