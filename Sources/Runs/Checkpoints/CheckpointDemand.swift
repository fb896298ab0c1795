import Datasets
import Networks
import Recipes

/// What a checkpoint must be like to be one of a run. Its seal tells that it is as it was written,
/// not who wrote it.
package struct CheckpointDemand: Sendable {
  /// What decides the run's results.
  package let identity: RunIdentity
  let recipe: Recipe
  /// The unpruned network's.
  let layout: ConnectionLayout
  /// Images of an epoch.
  let images: Int
  let worldSize: Int

  /// That of a run of `recipe` on `images` of `dataset` by so many ranks.
  /// - Throws: `ConfigurationError` for an unknown network.
  package init(
    _ recipe: Recipe, dataset: Dataset, images: RunImages, worldSize: Int
  ) throws {
    identity = RunIdentity(recipe, dataset: dataset, worldSize: worldSize)
    self.recipe = recipe
    layout = ConnectionLayout(try recipe.architecture(for: dataset))
    self.images = images.training.count
    self.worldSize = worldSize
  }

  /// Running moments of all batch norms.
  var statistics: Int { layout.statisticTensors.last?.range.upperBound ?? 0 }

  /// Steps of an epoch.
  var stepsPerEpoch: Int { (images + recipe.training.batch - 1) / recipe.training.batch }

  /// Epochs of the training of an iteration's network.
  func epochs(_ iteration: Int) -> Int {
    iteration == 0 ? recipe.training.epochs : recipe.pruning.retrainEpochs
  }

  /// Steps of a run before the training of an iteration's network.
  func steps(before iteration: Int) -> Int {
    guard iteration > 0 else { return 0 }
    return (epochs(0) + (iteration - 1) * epochs(1)) * stepsPerEpoch
  }

  /// Images of so many steps of an epoch.
  func images(steps: Int) -> Int { min(images, steps * recipe.training.batch) }
}
