import Foundation

/// What this process takes of the machine's memory.
enum ProcessMemory {
  /// The largest resident size so far.
  static var peakResidentBytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }

  /// What the machine has.
  static var ofMachine: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }
}
