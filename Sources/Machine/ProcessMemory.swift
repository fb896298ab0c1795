import Foundation

/// What this process takes of the machine's memory.
package enum ProcessMemory {
  /// The largest resident size so far.
  package static var peakResidentBytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }

  /// What the machine has.
  package static var ofMachine: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }
}
