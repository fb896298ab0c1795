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
    var status = stat()
    if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      throw FileError.system(path: path, call: "open", code: EISDIR)
    }
    var name = Array("\(PathName.folder(of: path))/.relief-dist-XXXXXX".utf8CString)
    let descriptor = try check("open", path) { mkstemp(&name) }
    close(descriptor)
    unlink(name)
  }
}
