import Foundation

extension OutputFile {
  /// Requires that `replace` could write a file to `path`, which stays as it is: for what is written only
  /// after long work.
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
