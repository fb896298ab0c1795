import Datasets
import Networks
import Optimizers
import Outcomes
import Pruning
import Tensors

/// What a recipe names, made.
extension Recipe {
  /// The settings of the optimizer.
  package var optimizer: OptimizerSettings {
    OptimizerSettings(
      kind: training.optimizer, weightDecay: training.weightDecay, momentum: training.momentum,
      usesNesterov: training.nesterov)
  }

  /// The unpruned network for the images of `dataset`.
  /// - Throws: `ConfigurationError` for one that is not known.
  package func architecture(for dataset: Dataset) throws -> Architecture {
    try architecture(dataset.training.shape, classes: dataset.classes)
  }

  /// The unpruned network for images of `shape` in so many classes.
  /// - Throws: `ConfigurationError` for one that is not known.
  package func architecture(_ shape: FeatureShape, classes: Int) throws -> Architecture {
    guard let known = KnownNetwork.named(network.name) else {
      throw ConfigurationError(place: "network.name", reason: "unknown network \(network.name)")
    }
    var options = NetworkOptions()
    options.dropout = network.dropout
    return known.architecture(shape, classes: classes, options: options)
  }

  /// What chooses the connections that a pruning iteration takes away.
  package var pruningRule: PruningRule {
    guard let criterion = Criteria.named(pruning.criterion) else {
      preconditionFailure("an unknown criterion \(pruning.criterion) in a recipe that was checked")
    }
    return PruningRule(
      criterion: criterion, count: pruning.count, alphaConvolution: pruning.alphaConv,
      alphaDense: pruning.alphaDense, deadBelow: pruning.deadBelow, compatibility: pruning.compat)
  }
}
