import Foundation

/// Runs programs and keeps what they print.
public struct Shell {
  /// What a program came to.
  public struct Outcome: Sendable {
    /// Its exit code; of a signal, 128 + its number.
    public let code: Int32
    /// Standard output.
    public let output: String
    /// Standard error.
    public let errors: String
    /// How long it ran.
    public let seconds: Double
  }

  /// The checkout that is tested.
  public static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// The folder with the programs built beside the tests.
  public static var products: String {
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return program.deletingLastPathComponent().path
  }

  /// Runs `arguments[0]` (a path) with the rest and waits for its end.
  public static func run(
    _ arguments: [String], environment: [String: String] = [:], folder: String = root
  ) throws -> Outcome {
    let files = try TemporaryFolder()
    let process = Process()
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
    let start = ContinuousClock.now
    try process.run()
    process.waitUntilExit()
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let isSignal = process.terminationReason == .uncaughtSignal
    return Outcome(
      code: process.terminationStatus + (isSignal ? 128 : 0),
      output: (try? String(contentsOfFile: files.path + "/output", encoding: .utf8)) ?? "",
      errors: (try? String(contentsOfFile: files.path + "/errors", encoding: .utf8)) ?? "",
      seconds: seconds)
  }

  /// Runs relief-dist with `ranks` ranks through `launch/local`.
  public static func reliefDist(
    ranks: Int, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> Outcome {
    try run(
      ["\(root)/launch/local", "-n", "\(ranks)"] + arguments,
      environment: environment.merging(["RELIEF_DIST": "\(products)/relief-dist"]) { $1 })
  }

  /// Starts relief-dist, ends it with SIGTERM once `text` is among its errors, and returns these.
  /// - Throws: where it ended with another code than `code`.
  public static func terminate(
    ranks: Int, _ arguments: [String], once text: String, expecting code: Int32
  ) throws -> String {
    let script = """
      "$@" 2>"$errors" >/dev/null &
      for _ in {1..300}; do grep -q "$text" "$errors" && break; sleep 0.1; done
      kill -TERM $!
      wait $!
      """
    let files = try TemporaryFolder()
    let errors = try files.write([], to: "errors")
    let outcome = try run(
      ["bash", "-c", script, "bash", "\(root)/launch/local", "-n", "\(ranks)"] + arguments,
      environment: [
        "RELIEF_DIST": "\(products)/relief-dist", "errors": errors, "text": text,
      ])
    struct OtherCode: Error { let code: Int32, errors: String }
    let words = try String(contentsOfFile: errors, encoding: .utf8)
    guard outcome.code == code else { throw OtherCode(code: outcome.code, errors: words) }
    return words
  }

  /// The processes that have `text` in their command lines.
  public static func processes(naming text: String) -> [String] {
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return numbers.filter { number in
      guard Int(number) != nil,
        let command = FileManager.default.contents(atPath: "/proc/\(number)/cmdline")
      else { return false }
      return String(decoding: command, as: UTF8.self).contains(text)
    }
  }
}
