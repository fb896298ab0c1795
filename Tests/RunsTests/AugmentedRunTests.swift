import Recipes
import Runs
import Testing

@Suite struct AugmentedRunTests {
  private func recipe(augment: Bool) -> Recipe {
    var recipe = Recipe()
    recipe.data.augment = augment
    recipe.data.validation = 100
    recipe.training.epochs = 1
    recipe.pruning.iterations = 0
    return recipe
  }

  @Test("data.augment concerns the images trained on, no others", arguments: [false, true])
  func selections(_ augment: Bool) throws {
    let images = try RunImages(SyntheticRun.dataset(), recipe: recipe(augment: augment))
    #expect(images.training.isAugmented == augment)
    let batches = images.training.batches(of: 100)
    #expect(batches.map(\.isAugmented) == [Bool](repeating: augment, count: 6))
    for selection in [try #require(images.validation), images.pruning, images.test] {
      #expect(!selection.isAugmented)
    }
  }

  @Test("a run trains on augmented images, the same ones every time")
  func run() throws {
    let dataset = try SyntheticRun.dataset()
    let losses = try [false, true, true].map { augment in
      let run = SyntheticRun()
      _ = try run(recipe(augment: augment), on: dataset)
      return try #require(run.epochs.first).loss
    }
    #expect(losses[0] != losses[1])
    #expect(losses[1] == losses[2])
  }
}
