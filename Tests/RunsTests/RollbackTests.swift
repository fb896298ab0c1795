import Recipes
import Runs
import TestSupport
import Testing
import Training

/// A run that comes to numbers that are not finite.
@Suite struct RollbackTests {
  /// Its learning rate must be halved several times.
  private static func recipe(_ change: (inout Recipe) -> Void = { _ in }) -> Recipe {
    var recipe = SyntheticRun.recipe
    recipe.training.batch = 80
    recipe.training.optimizer = .sgd
    recipe.training.learningRate = 1e4
    recipe.pruning.iterations = 1
    recipe.safety.onNonfinite = .rollback
    recipe.safety.rollbacks = 20
    change(&recipe)
    return recipe
  }

  @Test("goes back to the start of the epoch with half the learning rate, until it can go on")
  func goesBack() throws {
    let run = SyntheticRun()
    let end = try run(Self.recipe(), on: SyntheticRun.dataset())
    let rollbacks = run.rollbacks
    #expect(rollbacks.count > 2)
    for (index, rollback) in rollbacks.enumerated() {
      #expect(rollback.rollbacks == index + 1)
      #expect(rollback.learningRateFactor == 1 / Double(1 << (index + 1)))
      #expect(rollback.what.contains("classifier"), "\(rollback.what)")
    }
    #expect(run.epochs.allSatisfy { $0.loss.isFinite } && end.kept > 0)
    #expect(run.notices.count { $0.contains("rollback 1 of 20") } == 1)
  }

  @Test("is the same whatever the other checkpoints and audits")
  func reproducible() throws {
    let dataset = try SyntheticRun.dataset()
    let expected = try SyntheticRun()(Self.recipe(), on: dataset)
    for (steps, audits) in [(0, 0), (1, 1), (3, 5)] {
      let run = SyntheticRun()
      let end = try run(
        Self.recipe {
          $0.checkpoint.steps = steps
          $0.safety.auditSteps = audits
        }, on: dataset)
      #expect(end.stateSha256 == expected.stateSha256)
    }
  }

  @Test("goes on from any checkpoint to the same end")
  func resumes() throws {
    let dataset = try SyntheticRun.dataset()
    let recipe = Self.recipe { $0.checkpoint.steps = 2 }
    let whole = SyntheticRun()
    let expected = try whole(recipe, on: dataset)
    try #require(whole.checkpoints.count >= 7)
    // One in every few, the first of them drawn, takes a fraction of the time.
    let seed = SeededRandom.printedSeed()
    for (index, checkpoint) in whole.checkpoints.enumerated() where index % 7 == Int(seed % 7) {
      let read = try Checkpoint(checkpoint.sealed().encoded(), path: "checkpoint")
      let rest = SyntheticRun()
      // What was on disk then.
      rest.checkpoints = Array(whole.checkpoints[...index])
      rest.networks = Array(whole.networks.prefix(whole.iterationsOnRecord(read)))
      let end = try rest(recipe, on: dataset, from: read)
      #expect(end.stateSha256 == expected.stateSha256, "step \(read.steps), seed \(seed)")
      #expect(rest.rollbacks.last?.rollbacks ?? whole.rollbacks.count == whole.rollbacks.count)
    }
  }

  @Test("ends with 80 after as many rollbacks as it may, or without where it may not")
  func gives() throws {
    for (rollbacks, response) in [(2, Recipe.Safety.Response.rollback), (0, .rollback), (3, .stop)]
    {
      let run = SyntheticRun()
      let error = #expect(throws: NotFiniteError.self) {
        try run(
          Self.recipe {
            $0.safety.onNonfinite = response
            $0.safety.rollbacks = rollbacks
          }, on: SyntheticRun.dataset())
      }
      #expect(error?.exitCode == .notFinite)
      #expect(run.rollbacks.count == (response == .rollback ? rollbacks : 0))
      #expect(error?.what.contains("classifier") ?? false)
    }
  }

  @Test("what is not finite is in no checkpoint")
  func keepsTheLastGood() throws {
    let run = SyntheticRun()
    let recipe = Self.recipe {
      $0.safety.onNonfinite = .stop
      $0.checkpoint.steps = 1
    }
    let error = #expect(throws: NotFiniteError.self) { try run(recipe, on: SyntheticRun.dataset()) }
    #expect(run.checkpoints.last?.steps == (error?.step ?? 0) - 1)
  }
}

extension SyntheticRun {
  var rollbacks: [RunRecord.Rollback] {
    records.compactMap { if case .rollback(let record) = $0 { record } else { nil } }
  }

  /// Networks kept before a checkpoint.
  fileprivate func iterationsOnRecord(_ checkpoint: Checkpoint) -> Int {
    records.prefix(checkpoint.metricsBytes).count {
      if case .iteration = $0 { true } else { false }
    }
  }
}
