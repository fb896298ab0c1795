import Optimizers
import Recipes

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
}
