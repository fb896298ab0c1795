import Foundation
import Outcomes
import TestSupport
import Testing

extension CommandTests {
  /// Ranks that stop, for good or again and again.
  @Suite(.tags(.timing), .unlessTimingIsLeftOut) struct StallTests {
    /// The rank is named with what it was about, whatever started the job.
    @Test(.timeLimit(.minutes(2)), arguments: [true, false])
    func stoppedRankEndsTheJob(isBare: Bool) throws {
      let run = try SmallRun()
      let settings = ["training.epochs=60000", "checkpoint.epochs=0", "safety.stall_seconds=1"]
      let flags = run.flags(settings) + ["--quiet"]
      let job =
        try isBare
        ? Shell.startUnderMPIRun(ranks: 2, flags) : Shell.startReliefDist(ranks: 2, flags)
      #expect(job.wait { run.records.count > 2 })
      let rank = try #require(Shell.process(of: 1, naming: run.folder))
      kill(rank, SIGSTOP)
      let outcome = job.wait()
      #expect(outcome.code == ExitCode.stalled.rawValue)
      let words = try #require(
        outcome.errors.split(separator: "\n").first { $0.contains("rank 1") })
      #expect(
        words.hasPrefix("relief-dist: error: rank 1 on \(ProcessInfo.processInfo.hostName) ("))
      #expect(words.contains("after step") && words.contains("safety.stall_seconds"))
      #expect(Shell.isDeserted(run.folder))
    }

    /// A rank that runs a fifth of the time is waited for, and the run comes to the same.
    @Test(.timeLimit(.minutes(2))) func slowRankComesToTheSame() throws {
      let settings = ["training.epochs=60", "checkpoint.epochs=0"]
      let plain = try SmallRun()
      let expected = Fingerprint(plain, try plain(settings))
      let run = try SmallRun()
      let job = try run.start(
        ranks: 2, settings + ["safety.stall_seconds=2"], more: ["--quiet"])
      #expect(job.wait { !run.records.isEmpty })
      let rank = try #require(Shell.process(of: 1, naming: run.folder))
      while job.isRunning {
        kill(rank, SIGSTOP)
        usleep(400_000)
        kill(rank, SIGCONT)
        usleep(100_000)
      }
      let outcome = job.wait()
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(Fingerprint(run, outcome) == expected)
    }

    /// An mpirun that never hears of the end of its ranks is ended, and the run goes on.
    @Test(.timeLimit(.minutes(2))) func deafLauncherIsReplaced() throws {
      let settings = ["training.epochs=60", "checkpoint.steps=30"]
      let plain = try SmallRun()
      let expected = Fingerprint(plain, try plain(settings))
      let run = try SmallRun()
      let job = try run.start(
        ranks: 2, settings, more: ["--quiet"], launcher: ["--restarts", "1"])
      #expect(job.wait { run.records.count > 2 })
      for name in ["mpirun", "relief-dist"] {
        for process in Shell.processes(naming: run.folder, program: name) {
          kill(process, name == "mpirun" ? SIGSTOP : SIGKILL)
        }
      }
      let outcome = job.wait()
      #expect(outcome.code == 0, "\(outcome.errors)")
      #expect(outcome.errors.contains("mpirun waited for ranks that have ended"))
      #expect(Fingerprint(run, outcome) == expected)
    }
  }
}
