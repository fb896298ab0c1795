import Datasets
import Recipes
import Tensors
import Training

/// The images of a run and what each is for.
package struct RunImages: Sendable {
  /// Epochs run over these.
  package let training: Subset
  /// The best epoch is picked on these; nil where there are none.
  package let validation: Subset?
  /// Activity is measured on these.
  package let pruning: Subset
  /// Looked at once, at the end.
  package let test: Subset
  private let recipe: Recipe

  /// Splits `dataset` as `recipe` says.
  /// - Throws: `ConfigurationError` where the recipe asks for more images than there are.
  package init(_ dataset: Dataset, recipe: Recipe) throws {
    let seed = recipe.training.seed
    let split = try Split(
      images: dataset.training.count, limit: recipe.data.limit, validation: recipe.data.validation,
      seed: seed)
    let drawn = CounterRandom(seed: seed, purpose: .pruningSet).permutation(split.training.count)
      .prefix(recipe.pruning.samples).map { split.training[$0] }
    let test = Subset(dataset.test, order: Array(0..<dataset.test.count))
    self.recipe = recipe
    self.training = Subset(
      dataset.training, order: split.training, isAugmented: recipe.data.augment)
    self.pruning = Subset(dataset.training, order: drawn)
    self.test = test
    switch recipe.pruning.compat {
    case .reference: self.validation = test
    case .paper:
      self.validation =
        split.validation.isEmpty ? nil : Subset(dataset.training, order: split.validation)
    }
  }

  /// The training images in the order of an epoch.
  func epoch(_ randomKey: RandomKey) -> Subset {
    guard recipe.pruning.compat == .paper else { return training }
    let random = randomKey.random(.shuffle)
    return Subset(
      training.images, order: random.permutation(training.count).map { training.order[$0] },
      isAugmented: training.isAugmented)
  }
}
