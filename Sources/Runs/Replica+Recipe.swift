import Communication
import Networks
import Recipes
import Training

extension Replica {
  /// What trains `network` in a run of `recipe`, with a fresh optimizer.
  package convenience init(_ network: Network, _ recipe: Recipe, _ communicator: any Communicator) {
    self.init(
      network, batch: recipe.training.batch, optimizer: recipe.optimizer,
      batchNorm: recipe.training.batchNorm, labelSmoothing: recipe.training.labelSmoothing,
      clipNorm: recipe.training.clipNorm, communicator: communicator)
  }
}
