import Datasets
import Networks
import Pruning
import Storage

extension Recipe {
  /// The training of the network of an iteration: the unpruned one's is 0.
  func phase(
    _ iteration: Int, images: RunImages, observer: any RunObserver, audit: Audit,
    checkpointing: Checkpointing
  ) -> Phase {
    let isFirst = iteration == 0
    return Phase(
      name: isFirst ? "train" : "retrain", iteration: iteration,
      epochs: isFirst ? training.epochs : pruning.retrainEpochs,
      schedule: Schedule(
        learningRate: training.learningRate,
        milestones: isFirst ? training.milestones : pruning.retrainMilestones,
        gamma: training.gamma, warmupEpochs: training.warmupEpochs,
        stepsPerEpoch: (images.training.count + training.batch - 1) / training.batch),
      recipe: self, images: images, observer: observer, audit: audit,
      checkpointing: checkpointing)
  }

  /// The unpruned network for the images of `dataset`.
  /// - Throws: `ConfigurationError` for one that is not known.
  func architecture(for dataset: Dataset) throws -> Architecture {
    guard let make = Architecture.known[network.name] else {
      throw ConfigurationError(place: "network.name", reason: "unknown network \(network.name)")
    }
    return make(dataset.training.shape, dataset.classes)
  }

  /// What chooses the connections that a pruning iteration takes away.
  var pruningRule: PruningRule {
    PruningRule(
      criterion: pruning.criterion, alphaConvolution: pruning.alphaConv,
      alphaDense: pruning.alphaDense, compatibility: pruning.compat, seed: training.seed)
  }
}
