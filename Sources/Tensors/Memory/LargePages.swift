import Foundation

/// Memory for large buffers, zero at first: on large pages, as sweeps over small ones would spend a
/// good part of their time looking pages up; and straight from the system, so that all of it goes
/// back when a pruned network takes the place of a larger one.
enum LargePages {
  /// Bytes of a large page; buffers from this size on lie at a multiple of it.
  static let size = 2 << 20

  /// `bytes` of memory; nil where the system has none.
  static func map(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let reserved = bytes + size
    guard
      let start = mmap(nil, reserved, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
      start != MAP_FAILED
    else { return nil }
    let memory = start.alignedUp(toMultipleOf: size)
    let end = memory + whole(bytes)
    if memory > start { munmap(start, memory - start) }
    if start + whole(reserved) > end { munmap(end, start + whole(reserved) - end) }
    #if os(Linux)
      // Only a hint: where large pages are not to be had, small ones serve.
      madvise(memory, bytes / size * size, MADV_HUGEPAGE)
    #endif
    return memory
  }

  /// Gives back what `map` gave.
  static func unmap(_ memory: UnsafeMutableRawPointer, _ bytes: Int) {
    munmap(memory, whole(bytes))
  }

  /// In whole small pages.
  private static func whole(_ bytes: Int) -> Int {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    return (bytes + page - 1) / page * page
  }
}
