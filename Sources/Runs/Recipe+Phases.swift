import Optimizers
import Recipes

extension Recipe {
  /// The training of the network of an iteration: the unpruned one's is 0.
  func phase(
    _ iteration: Int, images: RunImages, observer: any RunObserver, audit: Audit,
    checkpointing: Checkpointing
  ) -> Phase {
    let isFirst = iteration == 0
    let epochs = isFirst ? training.epochs : pruning.retrainEpochs
    return Phase(
      name: isFirst ? "train" : "retrain", iteration: iteration, epochs: epochs,
      schedule: Schedule(
        learningRate: training.learningRate,
        decay: decay(
          epochs: epochs, milestones: isFirst ? training.milestones : pruning.retrainMilestones),
        warmupEpochs: training.warmupEpochs,
        stepsPerEpoch: (images.training.count + training.batch - 1) / training.batch),
      recipe: self, images: images, observer: observer, audit: audit,
      checkpointing: checkpointing)
  }
  private func decay(epochs: Int, milestones: [Int]) -> Schedule.Decay {
    switch training.schedule {
    case .multistep: .multistep(milestones: milestones, gamma: training.gamma)
    case .cosine: .cosine(epochs: epochs)
    }
  }
}
