import CMemory
import Foundation

/// The memory of buffers. Where the system refuses it nobody could go on, so the process says in
/// one line how much was wanted for what, and ends with 74; likewise where it refuses whatever else
/// is allocated.
package enum Memory {
  /// Tells who would say so: of ranks that run out at once the lowest does.
  ///
  /// - Parameter name: rank and host; empty for a process that is alone.
  package static func introduce(_ name: String, rank: Int) {
    relief_memory_introduce(name, Int32(clamping: rank))
  }

  /// Tells what the process is about, for what it says.
  package static func noteWork(_ phase: String) { relief_memory_during(phase) }

  /// `bytes` zeros, 64-byte aligned.
  static func zeroed(_ bytes: Int, for use: StaticString) -> UnsafeMutableRawPointer {
    if bytes >= LargePages.size {
      guard let memory = LargePages.map(bytes) else { refused(bytes, use) }
      return memory
    }
    var memory: UnsafeMutableRawPointer?
    guard posix_memalign(&memory, 64, bytes) == 0, let memory else { refused(bytes, use) }
    memset(memory, 0, bytes)
    return memory
  }

  /// Gives back what `zeroed` gave.
  static func free(_ memory: UnsafeMutableRawPointer, _ bytes: Int) {
    if bytes >= LargePages.size { LargePages.unmap(memory, bytes) } else { Foundation.free(memory) }
  }

  private static func refused(_ bytes: Int, _ use: StaticString) -> Never {
    relief_memory_refused(
      bytes, UnsafeRawPointer(use.utf8Start).assumingMemoryBound(to: CChar.self))
  }
}
