import Communication
import Outcomes
import Recipes
import Runs
import Testing

/// Where networks go has no room for a while.
@Suite struct PatientStoreTests {
  private static var recipe: Recipe {
    var recipe = SyntheticRun.recipe
    recipe.checkpoint = Recipe.Checkpoint(steps: 2, epochs: 0)
    return recipe
  }

  @Test("networks wait and come in their order, and no checkpoint counts one that waits")
  func waiting() throws {
    let dataset = try SyntheticRun.dataset(training: 300)
    let whole = SyntheticRun()
    let end = try whole(Self.recipe, on: dataset)
    let run = SyntheticRun()
    run.refusals = 7
    #expect(try run(Self.recipe, on: dataset).stateSha256 == end.stateSha256)
    #expect(run.networks.map(\.kept) == whole.networks.map(\.kept))
    #expect(run.notices.count == 7, "\(run.notices)")
    let words = "0.safetensors: write: No space left on device"
    #expect(run.notices.first == "\(words); it is written with the next; going on")
    let left = run.notices.filter { $0.hasPrefix("no checkpoint after step ") }
    #expect(left.first?.hasSuffix(": \(words); going on") == true)
    #expect(run.checkpoints.count + left.count == whole.checkpoints.count)
  }

  @Test(
    "a run whose networks never find room ends before it takes all memory, with what is in the way")
  func never() throws {
    var recipe = Self.recipe
    recipe.pruning.iterations = 9
    recipe.pruning.alphaDense = 1
    let run = SyntheticRun()
    run.refusals = .max
    let failure = try #require(throws: AgreedFailure.self) {
      try run(recipe, on: SyntheticRun.dataset(training: 300))
    }
    #expect(failure.code == ExitCode.inputOutput.rawValue)
    #expect(failure.message.contains("No space left on device"))
    #expect(run.networks.isEmpty && run.final == nil)
    #expect(run.iterations.count < 9)
  }
}
