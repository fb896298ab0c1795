import Foundation

/// What is done with folders.
package enum Folder {
  /// Makes the folder `path` and those above it, if need be.
  ///
  /// - Parameters:
  ///   - isPrivate: what is made is for this user alone.
  ///   - remedy: what helps where that is refused.
  /// - Throws: `FileError.system`.
  package static func make(_ path: String, isPrivate: Bool = false, remedy: String = "") throws {
    try translated(path, call: "mkdir", remedy: remedy) {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true,
        attributes: isPrivate ? [.posixPermissions: 0o700] : nil)
    }
  }

  /// The names in the folder `path`, but for hidden ones, in no order.
  /// - Throws: `FileError.system`.
  package static func names(in path: String) throws -> [String] {
    guard let folder = opendir(path) else { throw FileError.refused(path, call: "opendir") }
    defer { closedir(folder) }
    var names: [String] = []
    errno = 0
    while let entry = readdir(folder) {
      let capacity = MemoryLayout.size(ofValue: entry.pointee.d_name)
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: capacity) { String(cString: $0) }
        })
    }
    guard errno == 0 else { throw FileError.system(path: path, call: "readdir", code: errno) }
    return names.filter { !$0.hasPrefix(".") }
  }

  /// What tells the folder `path` from all others of this machine.
  /// - Throws: `FileError.system`.
  package static func identity(of path: String) throws -> String {
    var status = stat()
    try check("stat", path) { stat(path, &status) }
    return "\(status.st_dev):\(status.st_ino)"
  }

  /// A text that is the same on two hosts only where `path` is the same folder on both; nil where
  /// there is none.
  package static func sharedIdentity(of path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return "\(status.st_ino) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
  }

  /// Brings the names in the folder of the file `path` to disk, where the file system can.
  /// - Throws: `FileError.system`.
  package static func synchronise(of path: String) throws {
    let folder = PathName.folder(of: path)
    let descriptor = try check("open", folder) {
      open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    }
    defer { close(descriptor) }
    _ = try attempt("fsync", folder) { fsync(descriptor) }
  }

  private static func translated<Result>(
    _ path: String, call: String, remedy: String = "", _ work: () throws -> Result
  ) throws -> Result {
    do { return try work() } catch let error as CocoaError {
      let code = (error.underlying as? POSIXError)?.code ?? .EIO
      throw FileError.system(path: path, call: call, code: code.rawValue, remedy: remedy)
    }
  }
}
