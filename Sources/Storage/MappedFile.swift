import Foundation

/// A file mapped into memory for reading: processes that map the same file share its pages.
///
/// The file must not change while it is mapped; what replaces it is written beside it and renamed, so
/// that those who have mapped the old one keep it.
public final class MappedFile: @unchecked Sendable {
  /// Where it lies.
  public let path: String
  private let memory: UnsafeRawBufferPointer

  /// Maps the file at `path`.
  /// - Throws: `FileError.system`.
  public init(_ path: String) throws {
    self.path = path
    let descriptor = try check("open", path) { open(path, O_RDONLY | O_CLOEXEC) }
    defer { close(descriptor) }
    var status = stat()
    try check("fstat", path) { fstat(descriptor, &status) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw FileError.system(path: path, call: "mmap", code: EISDIR)
    }
    guard status.st_size > 0 else {
      memory = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    var base = mmap(nil, Int(status.st_size), PROT_READ, MAP_SHARED, descriptor, 0)
    // Some file systems in user space map files for one process only.
    if base == MAP_FAILED, errno == ENODEV {
      base = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0)
    }
    guard let base, base != MAP_FAILED else {
      throw FileError.system(path: path, call: "mmap", code: errno)
    }
    memory = UnsafeRawBufferPointer(start: base, count: Int(status.st_size))
  }

  deinit {
    if let base = memory.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: base), memory.count)
    }
  }

  /// Its size in bytes.
  public var count: Int { memory.count }

  /// Calls `body` with the bytes, which must not outlive the call.
  public func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(self) { try body(memory) }
  }
}
