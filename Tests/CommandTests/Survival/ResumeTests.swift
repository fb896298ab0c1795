import Foundation
import Outcomes
import TestSupport
import Testing

extension CommandTests {
  /// A run that was cut short goes on, on any number of ranks, to the end it would have come to.
  @Suite(.tags(.timing), .unlessTimingIsLeftOut) struct ResumeTests {
    /// Long enough to be met on its way: 700 steps.
    private static let long = [
      "training.epochs=60", "training.milestones=[30]", "pruning.retrain_epochs=40",
      "pruning.retrain_milestones=[]",
    ]

    /// What the run comes to when nothing happens to it.
    private func undisturbed(_ run: SmallRun, _ settings: [String] = long) throws -> Fingerprint {
      let fingerprint = Fingerprint(run, try run(ranks: 2, settings))
      try FileManager.default.removeItem(atPath: run.folder)
      return fingerprint
    }

    /// Whether the run has as many more lines on record.
    private func hasGoneOn(_ run: SmallRun, by lines: Int, since before: Int) -> Bool {
      run.records.count >= before + lines
    }

    /// Long enough to be met six times on its way: 2,800 steps.
    private static let longer =
      long + ["training.epochs=240", "training.milestones=[120]", "pruning.retrain_epochs=160"]

    /// SIGTERM, Ctrl-C and a closing terminal to the launcher, SIGTERM to all processes as a
    /// service manager sends it, SIGUSR2 to mpirun, SIGTERM to a rank alone.
    @Test(.timeLimit(.minutes(4)))
    func afterSignals() throws {
      let run = try SmallRun()
      let expected = try undisturbed(run, Self.longer)
      let senders: [(ranks: Int, send: (Job) -> Void)] = [
        (2, { $0.send(SIGTERM) }), (3, { $0.send(SIGINT) }), (1, { $0.send(SIGHUP) }),
        (
          3,
          { _ in for process in Shell.processes(naming: run.folder) { kill(process, SIGTERM) } }
        ),
        (
          4,
          { _ in
            for mpirun in Shell.processes(naming: run.folder, program: "mpirun") {
              kill(mpirun, SIGUSR2)
            }
          }
        ),
        (
          2,
          { _ in
            let ranks = Shell.processes(naming: run.folder, program: "relief-dist")
            for rank in ranks.suffix(1) { kill(rank, SIGTERM) }
          }
        ),
      ]
      for (ranks, send) in senders {
        let before = run.records.count
        let job = try run.start(ranks: ranks, Self.longer)
        #expect(job.wait { hasGoneOn(run, by: 12, since: before) })
        send(job)
        let outcome = job.wait()
        #expect(outcome.code == ExitCode.stopped.rawValue, "\(outcome.errors)")
        let stopped = /relief-dist: stopped after step [0-9]+ and saved; .*/
        #expect(
          outcome.errors.split(separator: "\n").count { $0.wholeMatch(of: stopped) != nil } == 1)
        #expect(Shell.processes(naming: run.folder).isEmpty)
      }
      let last = try run.again(ranks: 1, Self.longer)
      #expect(Fingerprint(run, last) == expected)
    }

    /// mpirun itself is deaf to it, and the launcher sees that within seconds.
    @Test(.timeLimit(.minutes(4))) func afterASignalToMPIRun() throws {
      let run = try SmallRun()
      let job = try run.start(
        ranks: 2, ["training.epochs=60000", "checkpoint.epochs=0"], more: ["--quiet"])
      #expect(job.wait { hasGoneOn(run, by: 3, since: 0) })
      for mpirun in Shell.processes(naming: run.folder, program: "mpirun") { kill(mpirun, SIGTERM) }
      #expect(job.wait().code == ExitCode.stopped.rawValue)
      #expect(try run.checkpoints().count == 1)
    }

    /// A run that is told to stop before it has begun anything has lost nothing.
    @Test(.timeLimit(.minutes(4)), arguments: [0, 100, 200, 400])
    func afterASignalAtTheStart(milliseconds: UInt32) throws {
      let run = try SmallRun()
      let job = try run.start(ranks: 2, Self.long + ["training.epochs=60000"])
      usleep(milliseconds * 1000)
      // The launcher itself must be there to hear it.
      #expect(job.wait { Shell.processes(naming: run.folder, program: "mpirun").count > 0 })
      job.send(SIGTERM)
      #expect(job.wait().code == ExitCode.stopped.rawValue)
    }

    @Test(.timeLimit(.minutes(4)))
    func twoSignalsEndItAtOnce() throws {
      let run = try SmallRun()
      let job = try run.start(ranks: 2, ["training.epochs=60000", "pruning.iterations=0"])
      #expect(job.wait { hasGoneOn(run, by: 3, since: 0) })
      // Nobody hears the first.
      for rank in Shell.processes(naming: run.folder, program: "relief-dist") {
        kill(rank, SIGSTOP)
      }
      job.send(SIGINT)
      usleep(500_000)
      #expect(job.isRunning)
      job.send(SIGINT)
      #expect(job.wait().code == 130)
      #expect(Shell.processes(naming: run.folder).isEmpty)
    }

    /// The only checkpoint of a run that makes none by itself.
    @Test(.timeLimit(.minutes(4)))
    func checkpointOnRequest() throws {
      let run = try SmallRun()
      let settings = Self.long + ["checkpoint.epochs=0"]
      let expected = try undisturbed(run, settings)
      let job = try run.start(ranks: 2, settings)
      #expect(job.wait { hasGoneOn(run, by: 10, since: 0) })
      #expect(try run.checkpoints().isEmpty)
      job.send(SIGUSR1)
      #expect(try job.wait { try !run.checkpoints().isEmpty })
      let outcome = job.wait()
      #expect(outcome.code == 0)
      #expect(Fingerprint(run, outcome) == expected)
    }

    /// A run to be killed on its way, and after how many steps it saves itself.
    struct Victim: CustomTestStringConvertible {
      let testDescription: String
      let make: @Sendable () throws -> SmallRun
      let settings: [String]
    }

    private static let victims = [
      Victim(
        testDescription: "LeNet-300-100", make: { try SmallRun() },
        settings: long + [
          "checkpoint.steps=30", "training.optimizer=adamw", "pruning.criterion=taylor",
        ]),
      Victim(
        testDescription: "ResNet-20",
        make: { try SmallRun(cifarRecipe: "resnet20-cifar10", training: 113) },
        settings: [
          "training.epochs=16", "pruning.iterations=2", "pruning.retrain_epochs=8",
          "checkpoint.steps=2", "training.nesterov=true", "training.schedule=cosine",
          "training.clip_norm=1.0",
        ]),
    ]

    /// Ranks and mpirun are killed 15 times at random moments, and another number of ranks goes on.
    @Test(.timeLimit(.minutes(5)), arguments: victims)
    func afterKills(_ victim: Victim) throws {
      let seed = SeededRandom.printedSeed()
      var random = SeededRandom(seed: seed)
      let run = try victim.make()
      let start = ContinuousClock.now
      let expected = try undisturbed(run, victim.settings)
      let whole = (ContinuousClock.now - start) / .microseconds(1)
      var kills = 0
      while kills < 15 {
        let ranks = [1, 2, 3, 4, 8].randomElement(using: &random) ?? 1
        let job = try run.start(ranks: ranks, victim.settings)
        usleep(UInt32.random(in: 0...UInt32(whole / 2), using: &random))
        let processes = ["mpirun", "relief-dist"].flatMap {
          Shell.processes(naming: run.folder, program: $0)
        }
        if let process = processes.randomElement(using: &random), kill(process, SIGKILL) == 0 {
          kills += 1
        }
        let outcome = job.wait()
        // Ranks without mpirun notice within a second.
        #expect(Shell.isDeserted(run.folder))
        guard outcome.code == 0 else { continue }
        #expect(Fingerprint(run, outcome) == expected, "seed \(seed)")
        try FileManager.default.removeItem(atPath: run.folder)
      }
      let last = try run.again(ranks: 2, victim.settings)
      #expect(Fingerprint(run, last) == expected, "seed \(seed)")
    }

    @Test(.timeLimit(.minutes(4)))
    func restartsByItself() throws {
      let run = try SmallRun()
      let settings = Self.long + ["checkpoint.steps=30"]
      let expected = try undisturbed(run, settings)
      let job = try run.start(ranks: 2, settings, launcher: ["--restarts", "2"])
      for kills in 0..<2 {
        #expect(job.wait { hasGoneOn(run, by: 5 * (kills + 1), since: 0) })
        let ranks = Shell.processes(naming: run.folder, program: "relief-dist")
        for rank in ranks.prefix(1) { kill(rank, SIGKILL) }
        #expect(
          job.wait {
            !job.errors.isEmpty
              && Shell.processes(naming: run.folder, program: "relief-dist") != ranks
          })
      }
      let outcome = job.wait()
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(Fingerprint(run, outcome) == expected)
    }
  }
}
