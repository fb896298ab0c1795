import Networks
import Recipes
import Runs
import TestSupport
import Testing

/// A run that goes on from a checkpoint ends as if it had never been cut short.
@Suite struct ResumedRunTests {
  /// Eight steps an epoch, of a validation and a test set.
  private static var recipe: Recipe {
    var recipe = SyntheticRun.recipe
    recipe.training.batch = 80
    recipe.training.learningRate = 5e-3
    recipe.pruning.iterations = 2
    return recipe
  }

  private func lines(_ run: SyntheticRun) -> [String] { run.records.map(Self.line) }

  /// What a record says but for times and bytes.
  private static func line(_ record: RunRecord) -> String {
    switch record {
    case .epoch(let epoch):
      "\(epoch.phase) \(epoch.iteration).\(epoch.epoch) \(epoch.loss) \(epoch.accuracy) "
        + "\(epoch.validationAccuracy ?? -1)"
    case .prune(let prune):
      "prune \(prune.iteration) \(prune.maskSha256) \(prune.validationAccuracyBefore ?? -1)"
    case .iteration(let iteration):
      "iteration \(iteration.iteration) \(iteration.kept) \(iteration.validationAccuracy ?? -1)"
    case .rollback(let rollback):
      "rollback \(rollback.rollbacks) \(rollback.iteration).\(rollback.epoch) \(rollback.step) \(rollback.what)"
    case .end(let end): "end \(end.iteration) \(end.testAccuracy) \(end.stateSha256)"
    }
  }

  /// Checkpoints after every step, every epoch and every iteration, each as a file would bring it
  /// back.
  private static func variants() -> [(name: String, change: (inout Recipe) -> Void)] {
    [
      ("Adam, rewinding", { _ in }),
      (
        "SGD, going on",
        {
          $0.training.optimizer = .sgd
          $0.pruning.rewind = false
        }
      ),
      (
        "nothing validates",
        {
          $0.data.validation = 0
          $0.pruning.tolerance = 1
        }
      ),
      ("an earlier network is chosen", { $0.pruning.alphaDense = 0.6 }),
    ]
  }

  @Test("from any checkpoint to the same end", arguments: 0..<4)
  func fromAnyCheckpoint(_ variant: Int) throws {
    var recipe = Self.recipe
    recipe.checkpoint = Recipe.Checkpoint(steps: 3)
    Self.variants()[variant].change(&recipe)
    let dataset = try SyntheticRun.dataset()
    let whole = SyntheticRun()
    _ = try whole(recipe, on: dataset)
    let expected = lines(whole)
    #expect(whole.checkpoints.count > 15)
    // One in every four, the first of them drawn, takes a fourth of the time.
    let seed = SeededRandom.printedSeed()
    for checkpoint in whole.checkpoints.dropFirst(Int(seed % 4)).striding(by: 4) {
      let read = try Checkpoint(checkpoint.sealed().encoded(), path: "checkpoint")
      let rest = SyntheticRun()
      let before = whole.records.prefix(read.metricsBytes).count {
        if case .iteration = $0 { true } else { false }
      }
      rest.networks = Array(whole.networks.prefix(before))
      _ = try rest(recipe, on: dataset, from: read)
      #expect(
        Array(expected.prefix(read.metricsBytes)) + lines(rest) == expected,
        "\(Self.variants()[variant].name), step \(read.steps), seed \(seed)")
    }
  }

  /// Asked at every moment of a run in turn, in training, validation, statistics and the final
  /// test.
  @Test("a run that is asked to stop, again and again, goes on to the same end")
  func stops() throws {
    let dataset = try SyntheticRun.dataset()
    let whole = SyntheticRun()
    _ = try whole(Self.recipe, on: dataset)

    let seed = SeededRandom.printedSeed()
    var random = SeededRandom(seed: seed)
    var records: [RunRecord] = []
    var networks: [Network] = []
    var checkpoint: Checkpoint?
    var stops = 0
    while stops < 60 {
      let run = SyntheticRun()
      run.networks = networks
      var polls = Int.random(in: 1...4, using: &random)
      do {
        _ = try run(Self.recipe, on: dataset, from: checkpoint) {
          polls -= 1
          return polls <= 0 ? .stop : .none
        }
        records += run.records
        break
      } catch let stop as Interruption {
        #expect(stop.exitCode == .stopped)
        let last = try #require(run.checkpoints.last)
        #expect(last.steps == stop.steps)
        records += run.records
        networks = run.networks
        checkpoint = last
        stops += 1
      }
    }
    #expect(stops > 1, "seed \(seed)")
    #expect(records.map(Self.line) == lines(whole), "seed \(seed)")
  }
}

extension Collection {
  fileprivate func striding(by stride: Int) -> [Element] {
    enumerated().filter { $0.offset.isMultiple(of: stride) }.map(\.element)
  }
}
