import Foundation

/// What lies on disk.
public enum StoredFile {
  /// The bytes of the file at `path`.
  /// - Throws: `FileError.system`.
  public static func content(of path: String) throws -> Data {
    let descriptor = try check("open", path) { open(path, O_RDONLY | O_CLOEXEC) }
    defer { close(descriptor) }
    var status = stat()
    try check("fstat", path) { fstat(descriptor, &status) }
    var data = Data(count: Int(status.st_size))
    var filled = 0
    while filled < data.count {
      let count = try data.withUnsafeMutableBytes { raw in
        try check("read", path) {
          read(descriptor, raw.baseAddress.map { $0 + filled }, raw.count - filled)
        }
      }
      // It was cut off meanwhile.
      if count == 0 { return data.prefix(filled) }
      filled += count
    }
    return data
  }

  /// The names in the folder at `path`.
  /// - Throws: `FileError.system`.
  public static func names(in path: String) throws -> [String] {
    guard let folder = opendir(path) else {
      throw FileError.system(path: path, call: "opendir", code: errno)
    }
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
    return names.filter { $0 != "." && $0 != ".." }
  }

  /// A text that is the same on two hosts only where `path` is the same file or folder; nil where there
  /// is none.
  public static func identity(of path: String) -> String? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    let time = status.st_mtim
    return "\(status.st_ino) \(time.tv_sec).\(time.tv_nsec)"
  }
}
