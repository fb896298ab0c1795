import Foundation
import Reporting
import Testing

@Suite struct TerminalTests {
  // In processes of their own, because standard error belongs to the whole process.

  @Test("where there is no terminal, no escape codes are written")
  func plainFile() async throws {
    let result = await #expect(
      processExitsWith: .success, observing: [\.standardErrorContent]
    ) {
      let terminal = Terminal(environment: ["TERM": "xterm"])
      #expect(!terminal.isLive && !terminal.hasColour)
      let progress = ProgressLine(terminal)
      progress.say("one")
      progress.clear()
      progress.say("two")
      RunReporter(log: try MetricsLog("/dev/null"), progress: progress).noticed("three")
    }
    let written = try #require(result).standardErrorContent
    #expect(written.contains(Array("one\ntwo\nthree\n".utf8)))
    #expect(!written.contains(0x1B) && !written.contains(0x0D))
  }

  @Test(
    "a terminal is written to live unless it is dumb, and coloured unless the user minds",
    .enabled(
      if: FileManager.default.fileExists(atPath: "/dev/ptmx"), "there are no pseudo-terminals"))
  func realTerminal() async {
    await #expect(processExitsWith: .success) {
      // The near end of a pseudo-terminal is a terminal, too.
      let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY)
      try #require(dup2(terminal, STDERR_FILENO) == STDERR_FILENO)
      #expect(Terminal(environment: ["TERM": "xterm"]).isLive)
      #expect(Terminal(environment: ["TERM": "xterm"]).hasColour)
      #expect(Terminal(environment: ["NO_COLOR": ""]).hasColour)
      #expect(Terminal(environment: ["NO_COLOR": "1"]).isLive)
      #expect(!Terminal(environment: ["NO_COLOR": "1"]).hasColour)
      #expect(!Terminal(environment: ["TERM": "dumb"]).isLive)
      #expect(!Terminal(environment: ["TERM": "dumb"]).hasColour)
    }
  }

  @Test("a quiet reporter writes nothing, yet fills the table")
  func quiet() throws {
    let reporter = RunReporter(log: try MetricsLog("/dev/null"), progress: nil)
    reporter.noticed("nobody hears this")
    for record in try RecordLines.records([RecordLines.iteration, RecordLines.end]) {
      try reporter.recorded(record)
    }
    #expect(reporter.table.isFinished && reporter.table.stateHash == "89abcdef")
  }
}
