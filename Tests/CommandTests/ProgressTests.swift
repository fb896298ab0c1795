import Foundation
import TestSupport
import Testing

extension CommandTests {
  /// What a run shows while it goes, and how it is ended.
  @Suite struct ProgressTests {
    private static let endless = [
      "training.epochs=60000", "training.milestones=[]", "pruning.iterations=0",
    ]

    /// Without a terminal, progress is a plain line every few seconds. A run that is told to end
    /// ends with all its ranks.
    @Test(.timeLimit(.minutes(1)))
    func isPlainWithoutATerminal() throws {
      let run = try SmallRun()
      let job = try run.start(ranks: 2, Self.endless)
      #expect(job.wait { job.errors.contains("images/s") })
      job.send(SIGTERM)
      let outcome = job.wait()
      let errors = outcome.errors
      #expect(outcome.code == 75)
      #expect(errors.contains("train epoch "))
      #expect(!errors.contains("\u{1B}"))
      #expect(!errors.contains("\r"))
      #expect(Shell.processes(naming: run.folder).isEmpty)
    }

    /// On a terminal it is one line that is written again and again, and taken away at the end.
    @Test(arguments: [["NO_COLOR": ""], ["NO_COLOR": "1"]])
    func isOneLineOnATerminal(environment: [String: String]) throws {
      let run = try SmallRun()
      let settings = ["training.epochs=600", "training.milestones=[]", "pruning.iterations=0"]
      let command = (["\(Shell.root)/launch/local", "-n", "2"] + run.flags(settings)).map {
        "'\($0)'"
      }
      let outcome = try Shell.run(
        ["script", "-qec", command.joined(separator: " "), "/dev/null"],
        environment: environment.merging([
          "RELIEF_DIST": "\(Shell.products)/relief-dist", "TERM": "xterm",
        ]) { $1 })
      #expect(outcome.code == 0)
      #expect(outcome.output.contains("\r\u{1B}[K"))
      #expect(outcome.output.contains("images/s"))
      #expect(outcome.output.contains("\u{1B}[36m") == (environment["NO_COLOR"] == ""))
    }

    /// Black images have no activity: the first iteration would take every weight of the first
    /// layer.
    @Test(arguments: [1, 3])
    func saysWhyPruningEndsEarly(ranks: Int) throws {
      let run = try SmallRun()
      try run.blacken()
      let outcome = try run(ranks: ranks)
      #expect(outcome.code == 0)
      let stopped =
        "iteration 1 would leave nothing of the image to classifier.0; pruning ends with iteration 0"
      let end = try #require(run.end)
      #expect(end.stopped == stopped)
      #expect(end.iteration == 0)
      #expect(end.kept == end.total)
      #expect(run.prunes.isEmpty)
      #expect(outcome.errors == stopped + "\n")
      #expect(outcome.output.contains(stopped))
      #expect(outcome.output.hasSuffix("state \(end.stateSha256)\n"))
    }

    @Test func isLeftOutWhereItIsToBeQuiet() throws {
      let run = try SmallRun()
      try run.blacken()
      let outcome = try run(ranks: 2, more: ["--quiet"])
      #expect(outcome.code == 0)
      #expect(outcome.errors.isEmpty)
      #expect(outcome.output.contains("← chosen"))
    }
  }
}
