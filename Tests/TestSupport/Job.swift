import Foundation

/// A program that runs.
///
/// Foundation's `Process` takes a program for running until all it ever started has ended, too; a
/// job has ended when its own process has, and is ended with all it started when it takes far too
/// long.
package final class Job {
  /// A program that could not be started.
  struct StartError: Error { let program: String, code: Int32 }

  private static let limit = Duration.seconds(600)

  private let process: pid_t
  private let files: TemporaryFolder
  private let start = ContinuousClock.now
  private var end: (code: Int32, words: String)?

  /// Starts `arguments[0]` (a path or a name on the `PATH`) with the rest.
  init(
    _ arguments: [String], environment: [String: String] = [:], folder: String = Shell.root
  ) throws {
    files = try TemporaryFolder()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    // Files, because a full pipe would stop the program.
    for (descriptor, name) in [(1, "output"), (2, "errors")] as [(Int32, String)] {
      let path = try files.write([], to: name)
      posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_APPEND, 0)
    }
    // A child inherits the signals its parent's thread blocks: it must hear of SIGTERM.
    let command = ["/usr/bin/env", "--chdir=\(folder)", "--default-signal"] + arguments
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var words = command.map { strdup($0) } + [nil]
    var settings = variables.map { strdup("\($0)=\($1)") } + [nil]
    defer { for word in words + settings { free(word) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, command[0], &actions, nil, &words, &settings)
    guard code == 0 else { throw StartError(program: arguments[0], code: code) }
    self.process = process
  }

  /// Whether it has not ended.
  package var isRunning: Bool {
    if end == nil { look() }
    return end == nil
  }

  /// Standard error so far.
  package var errors: String { text("errors") + (end?.words ?? "") }

  /// Sends it a signal.
  package func send(_ signal: Int32) { if isRunning { kill(process, signal) } }

  /// Waits until `condition` holds, looking every few milliseconds; false where it ended before.
  package func wait(until condition: () throws -> Bool) rethrows -> Bool {
    while isRunning {
      if try condition() { return true }
      usleep(5000)
    }
    return try condition()
  }

  /// Waits for its end.
  package func wait() -> Shell.Outcome {
    while isRunning { usleep(2000) }
    return Shell.Outcome(
      code: end?.code ?? -1, output: text("output"), errors: errors,
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  /// Takes note of its end, which it brings about where the job is long past its time.
  private func look() {
    var status: Int32 = 0
    if waitpid(process, &status, WNOHANG) == process {
      let signal = status & 0x7F
      end = (signal == 0 ? status >> 8 & 0xFF : 128 + signal, "")
    } else if ContinuousClock.now - start > Self.limit {
      let tree = ProcessTree(of: process)
      let words = "this has not ended after \(Self.limit):\n\(tree.description)\n"
      print(words)
      tree.end()
      waitpid(process, &status, 0)
      end = (-1, words)
    }
  }

  private func text(_ name: String) -> String {
    (try? String(contentsOfFile: "\(files.path)/\(name)", encoding: .utf8)) ?? ""
  }
}
