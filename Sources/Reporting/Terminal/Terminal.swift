import Foundation

/// Where progress is shown: standard error, which may end at a terminal.
package struct Terminal: Sendable {
  /// Whether a line may be written over again and again.
  package let isLive: Bool
  /// Whether text may be coloured.
  package let hasColour: Bool

  /// What this process's standard error leads to. Under mpirun it is a pipe to mpirun, so that
  /// mpirun's own standard error tells.
  package init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    let isLive = isatty(STDERR_FILENO) == 1 || Self.launcherHasTerminal(environment)
    self.isLive = isLive && environment["TERM"] != "dumb"
    self.hasColour = self.isLive && (environment["NO_COLOR"] ?? "").isEmpty
  }

  private static func launcherHasTerminal(_ environment: [String: String]) -> Bool {
    guard environment["OMPI_COMM_WORLD_RANK"] != nil,
      let target = try? FileManager.default.destinationOfSymbolicLink(
        atPath: "/proc/\(getppid())/fd/2")
    else { return false }
    return target.hasPrefix("/dev/pts/") || target.hasPrefix("/dev/tty")
  }

  /// Writes `text` as it is, or not at all.
  func write(_ text: String) { try? StandardStream.errors.write(text) }
}
