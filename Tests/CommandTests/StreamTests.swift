import Foundation
import TestSupport
import Testing

extension CommandTests {
  /// Standard streams that are closed, full, or pipes that nobody reads.
  @Suite struct StreamTests {
    private static let streams = ["<&-", ">&-", "2>&-"]

    /// Runs relief-dist with its streams redirected as the shell is told.
    private func run(
      _ arguments: [String], _ redirections: String, environment: [String: String] = [:]
    ) throws -> Shell.Outcome {
      try Shell.run(
        ["bash", "-c", "\"$@\" \(redirections)", "bash", "\(Shell.products)/relief-dist"]
          + arguments,
        environment: environment)
    }

    /// A result that cannot be printed is a failure, whatever the others are; what cannot be said
    /// is none.
    @Test func closedInEveryCombination() throws {
      let finished = try FinishedRun.once.get().run
      for number in 0..<8 {
        let closed = Self.streams.indices.filter { number >> $0 & 1 == 1 }
        let outcome = try run(
          finished.flags(FinishedRun.settings) + ["--quiet"],
          closed.map { Self.streams[$0] }.joined(separator: " "))
        #expect(outcome.code == (closed.contains(1) ? 74 : 0), "\(closed): \(outcome.errors)")
        let lines = outcome.errors.split(separator: "\n")
        #expect(lines.count == (closed == [1] || closed == [0, 1] ? 1 : 0), "\(closed): \(lines)")
      }
    }

    /// No file takes the place of a stream, so that nothing is written into it.
    @Test func aRunWithoutStreams() throws {
      let small = try SmallRun()
      try small.blacken()
      #expect(try run(small.flags(), Self.streams.joined(separator: " ")).code == 74)
      #expect(try small.lines().last?["event"] as? String == "end")
      let description = try Data(contentsOf: URL(fileURLWithPath: "\(small.folder)/run.json"))
      #expect(try JSONSerialization.jsonObject(with: description) is [String: Any])
      #expect(try small.again().code == 0)
    }

    /// Black images end the pruning early, which a run says.
    @Test func aRunThatCannotSpeak() throws {
      let small = try SmallRun()
      try small.blacken()
      let outcome = try run(small.flags(), "2>/dev/full")
      #expect(outcome.code == 0 && outcome.output.contains("← chosen"))
    }

    @Test(arguments: [["--help"], ["--version"], ["bench", "--steps", "1"]])
    func resultsWithoutRoom(arguments: [String]) throws {
      for redirection in [">/dev/full", "| true"] {
        let outcome = try run(arguments, "\(redirection); exit ${PIPESTATUS[0]}")
        // A reader that is still there when it is written to has had it.
        guard redirection == ">/dev/full" || outcome.code != 0 else { continue }
        #expect(outcome.code == 74)
        #expect(outcome.errors.hasPrefix("relief-dist: error: standard output: write: "))
        #expect(outcome.errors.split(separator: "\n").count == 1, "\(outcome.errors)")
      }
    }
  }
}
