import Foundation

/// What this process takes of the machine's memory.
package enum ProcessMemory {
  /// The largest resident size so far.
  package static var peakResidentBytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }

  /// The resident size at present; the largest where the system does not tell.
  package static var residentBytes: Int {
    let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let pages = text?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
    return pages.map { $0 * Int(getpagesize()) } ?? peakResidentBytes
  }

  /// What the machine has.
  package static var ofMachine: Int { Int(clamping: ProcessInfo.processInfo.physicalMemory) }
}
