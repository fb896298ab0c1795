import Foundation

/// A file mapped into memory for reading: processes that map the same file share its pages.
///
/// The file must not change while it is mapped; what replaces it is written beside it and renamed,
/// so that those who have mapped the old one keep it.
package final class MappedFile: @unchecked Sendable {
  /// Where it lies.
  package let path: String
  /// When it was changed last, before it was mapped.
  package let modified: Date
  /// The user it belongs to.
  package let owner: UInt32
  /// Whether others than its owner may change it.
  package let isWritableByOthers: Bool
  private let memory: UnsafeRawBufferPointer

  /// Maps the file at `path`.
  /// - Throws: `FileError`: missing, damaged where it is no file, or the system's refusal.
  package init(_ path: String) throws {
    let file = try ReadableFile(path)
    self.path = path
    (modified, owner) = (file.modified, file.owner)
    isWritableByOthers = file.isWritableByOthers
    guard file.size > 0 else {
      memory = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    var base = mmap(nil, file.size, PROT_READ, MAP_SHARED, file.descriptor, 0)
    // Some file systems in user space map files for one process only.
    if base == MAP_FAILED, errno == ENODEV {
      base = mmap(nil, file.size, PROT_READ, MAP_PRIVATE, file.descriptor, 0)
    }
    guard let base, base != MAP_FAILED else {
      throw FileError.system(path: path, call: "mmap", code: errno)
    }
    memory = UnsafeRawBufferPointer(start: base, count: file.size)
  }

  deinit {
    if let base = memory.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: base), memory.count)
    }
  }

  /// Its size in bytes.
  package var count: Int { memory.count }

  /// Calls `body` with the bytes, which must not outlive the call.
  package func withBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    try withExtendedLifetime(self) { try body(memory) }
  }
}
