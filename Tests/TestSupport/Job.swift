import Foundation

/// A program that runs.
public final class Job {
  private let process = Process()
  private let files: TemporaryFolder
  private let start = ContinuousClock.now

  /// Starts `arguments[0]` (a path) with the rest.
  init(
    _ arguments: [String], environment: [String: String] = [:], folder: String = Shell.root
  ) throws {
    files = try TemporaryFolder()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // A child inherits the signals its parent's thread blocks: it must hear of SIGTERM.
    process.arguments = ["--default-signal"] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    // Files, because a full pipe would stop the program.
    for name in ["output", "errors"] { try files.write([], to: name) }
    process.standardOutput = FileHandle(forWritingAtPath: files.path + "/output")
    process.standardError = FileHandle(forWritingAtPath: files.path + "/errors")
    try process.run()
  }

  /// Whether it has not ended.
  public var isRunning: Bool { process.isRunning }
  /// Standard error so far.
  public var errors: String { text("errors") }

  /// Sends it a signal.
  public func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits until `condition` holds, looking every few milliseconds; false where it ended before.
  public func wait(until condition: () throws -> Bool) rethrows -> Bool {
    while process.isRunning {
      if try condition() { return true }
      usleep(5000)
    }
    return try condition()
  }

  /// Waits for its end.
  public func wait() -> Shell.Outcome {
    process.waitUntilExit()
    let isSignal = process.terminationReason == .uncaughtSignal
    return Shell.Outcome(
      code: process.terminationStatus + (isSignal ? 128 : 0), output: text("output"),
      errors: errors, seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  private func text(_ name: String) -> String {
    (try? String(contentsOfFile: "\(files.path)/\(name)", encoding: .utf8)) ?? ""
  }
}
