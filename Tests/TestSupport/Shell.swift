import Foundation

/// Runs programs and keeps what they print.
package struct Shell {
  /// What a program came to.
  package struct Outcome: Sendable {
    /// Its exit code; of a signal, 128 + its number.
    package let code: Int32
    /// Standard output.
    package let output: String
    /// Standard error.
    package let errors: String
    /// How long it ran.
    package let seconds: Double

    /// The same without the lines of standard error that have `text` in them.
    package func without(_ text: String) -> Outcome {
      let lines = errors.split(separator: "\n", omittingEmptySubsequences: false)
      return Outcome(
        code: code, output: output,
        errors: lines.filter { !$0.contains(text) }.joined(separator: "\n"), seconds: seconds)
    }
  }

  /// The checkout that is tested.
  package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// Whether tests that depend on time are to be left out.
  package static var leavesOutTiming: Bool {
    ProcessInfo.processInfo.environment["RELIEF_WITHOUT_TIMING"] == "1"
  }

  /// The folder with the programs built beside the tests.
  package static var products: String {
    let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    return program.deletingLastPathComponent().path
  }

  /// Runs `arguments[0]` (a path) with the rest and waits for its end.
  package static func run(
    _ arguments: [String], environment: [String: String] = [:], folder: String = root
  ) throws -> Outcome {
    try Job(arguments, environment: environment, folder: folder).wait()
  }

  /// Runs relief-dist, or another `program`, with `ranks` ranks through `launch/local`.
  package static func reliefDist(
    ranks: Int, _ arguments: [String], program: String = "\(products)/relief-dist",
    environment: [String: String] = [:]
  ) throws -> Outcome {
    try startReliefDist(ranks: ranks, arguments, program: program, environment: environment).wait()
  }

  /// Starts relief-dist, or another `program`, with `ranks` ranks through `launch/local`.
  package static func startReliefDist(
    ranks: Int, _ arguments: [String], program: String = "\(products)/relief-dist",
    environment: [String: String] = [:]
  ) throws -> Job {
    try Job(
      ["\(root)/launch/local", "-n", "\(ranks)"] + arguments,
      environment: environment.merging(["RELIEF_DIST": program]) { $1 })
  }

  /// Starts relief-dist, or another `program`, with `ranks` ranks under mpirun itself.
  package static func startUnderMPIRun(
    ranks: Int, _ arguments: [String], program: String = "\(products)/relief-dist"
  ) throws -> Job {
    try Job(
      [
        "mpirun", "-n", "\(ranks)", "--host", "localhost:\(ranks)", "--allow-run-as-root",
        "--bind-to", "none", program,
      ] + arguments)
  }

  /// Whether no process is left that has `text` in its command line; what was killed may take a
  /// while to end on a busy machine.
  package static func isDeserted(_ text: String) -> Bool {
    for _ in 0..<1000 {
      if processes(naming: text).isEmpty { return true }
      usleep(10_000)
    }
    return false
  }

  /// The process of a rank that has `text` in its command line.
  package static func process(of rank: Int, naming text: String) -> Int32? {
    processes(naming: text).first { number in
      let data = FileManager.default.contents(atPath: "/proc/\(number)/environ") ?? Data()
      return data.split(separator: 0).contains(Data("OMPI_COMM_WORLD_RANK=\(rank)".utf8))
    }
  }

  /// The processes that have `text` in their command lines; only those of the program `name`, if
  /// given.
  package static func processes(naming text: String, program name: String? = nil) -> [Int32] {
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return numbers.compactMap(Int32.init).filter { number in
      func content(_ file: String) -> String {
        let data = FileManager.default.contents(atPath: "/proc/\(number)/\(file)") ?? Data()
        return String(decoding: data, as: UTF8.self)
      }
      return content("cmdline").contains(text)
        && (name.map { content("comm") == $0 + "\n" } ?? true)
    }.sorted()
  }
}
