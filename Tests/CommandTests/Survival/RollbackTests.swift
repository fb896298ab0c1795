import Foundation
import Outcomes
import TestSupport
import Testing

extension CommandTests {
  /// Runs whose learning rate is too high to begin with.
  @Suite(.tags(.timing), .unlessTimingIsLeftOut) struct RollbackTests {
    private static let wild = [
      "training.optimizer=sgd", "training.learning_rate=1e3", "safety.rollbacks=40",
    ]

    @Test func stopsWithTheLayerWhereItEnds() throws {
      let run = try SmallRun()
      var said: Set<String> = []
      for ranks in 1...3 {
        let outcome = try run(ranks: ranks, Self.wild, more: ["--quiet"])
        #expect(outcome.code == ExitCode.notFinite.rawValue)
        said.insert(outcome.errors)
      }
      #expect(said.count == 1 && said.first?.contains("output of classifier.") ?? false, "\(said)")
    }

    /// Killed once it has gone back, it goes on on other ranks to where it would have come to.
    @Test(.timeLimit(.minutes(3)))
    func comesToTheSameEnd() throws {
      // 17 steps an epoch, so that a rate that is still too high shows before the epoch ends.
      let run = try SmallRun(training: 2000)
      let settings =
        Self.wild + [
          "safety.on_nonfinite=rollback", "training.epochs=4", "pruning.retrain_epochs=3",
          "checkpoint.steps=5", "checkpoint.keep=1",
        ]
      let whole = try run(ranks: 1, settings, more: ["--quiet"])
      #expect(whole.code == 0, "\(whole.errors)")
      let expected = Fingerprint(run, whole)
      #expect(rollbacks(run) > 2)
      #expect(whole.errors.split(separator: "\n").count == rollbacks(run))
      #expect(Fingerprint(run, try run(ranks: 2, settings)) == expected)

      try FileManager.default.removeItem(atPath: run.folder)
      var kills = 0
      for ranks in [3, 2] {
        let before = run.records.count
        let job = try run.start(ranks: ranks, settings)
        _ = job.wait { rollbacks(run) > 1 && run.records.count > before + 3 }
        for process in Shell.processes(naming: run.folder, program: "relief-dist").prefix(1) {
          if kill(process, SIGKILL) == 0 { kills += 1 }
        }
        _ = job.wait()
        #expect(Shell.isDeserted(run.folder))
      }
      #expect(kills > 0)
      let last = try run.again(ranks: 3, settings)
      #expect(Fingerprint(run, last) == expected)
    }

    private func rollbacks(_ run: SmallRun) -> Int {
      run.records.count { if case .rollback = $0 { true } else { false } }
    }
  }
}
