import Foundation
import Planning
import TestSupport
import Testing

extension CommandTests {
  /// Times and bytes of epochs, whatever happens between them.
  @Suite struct EpochRecordTests {
    private static let settings = [
      "training.epochs=12", "pruning.retrain_epochs=8", "checkpoint.steps=7",
    ]

    @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 3])
    func ofAWholeRun(ranks: Int) throws {
      let run = try SmallRun()
      #expect(try run(ranks: ranks, Self.settings).code == 0)
      try expectSound(run, ranks: ranks)
    }

    /// Killed twice, it has the bytes on record of a run that nothing happened to.
    @Test(.timeLimit(.minutes(2)), .tags(.timing), .unlessTimingIsLeftOut)
    func ofAKilledRun() throws {
      let run = try SmallRun()
      for records in [5, 15] {
        let job = try run.start(ranks: 2, Self.settings)
        #expect(job.wait { run.records.count >= records })
        let ranks = Shell.processes(naming: run.folder, program: "relief-dist")
        kill(try #require(ranks.first), SIGKILL)
        #expect(job.wait().code != 0)
        #expect(Shell.isDeserted(run.folder))
      }
      #expect(try run.again(ranks: 2, Self.settings).code == 0)
      try expectSound(run, ranks: 2)
    }

    /// Epochs are 550 images in batches of 120.
    private func expectSound(_ run: SmallRun, ranks: Int) throws {
      // Those of the last two layers travel together.
      var buckets = [31_110, 235_500]
      var isPruned = false
      var epochs = 0
      for record in run.records {
        if case .prune(let prune) = record { (buckets, isPruned) = ([prune.kept], true) }
        guard case .epoch(let epoch) = record else { continue }
        epochs += 1
        let place = "\(epoch.phase) \(epoch.iteration).\(epoch.epoch)"
        let (compute, communication) = (epoch.computeSeconds, epoch.communicationSeconds)
        #expect(compute > 0 && communication >= 0, "\(place)")
        #expect(abs(compute + communication - epoch.seconds) < 1e-9, "\(place)")
        let shares = try #require(epoch.ranks)
        #expect(shares.count == ranks)
        #expect(shares.allSatisfy { $0.dataSeconds > 0 && $0.residentBytes > 1 << 20 })
        let times = shares.map { $0.computeSeconds + $0.communicationSeconds + $0.dataSeconds }
        // Parts of an epoch between checkpoints may each be slowest on another rank.
        let all = times.reduce(0, +)
        #expect(abs(all - epoch.seconds) < 1e-9 || ranks > 1 && all > epoch.seconds, "\(place)")
        let expected = StepTraffic(buckets: buckets, channels: []).bytes(
          epochOver: 550, batch: 120, ranks: ranks)
        // How many of a pruned network travel in which transfer is not on record.
        let rounding = isPruned ? 5 * ranks * 4 * ranks : 0
        #expect(abs(epoch.bytesSent - expected) <= rounding, "\(place)")
      }
      #expect(epochs == 12 + 2 * 8)
    }
  }
}
