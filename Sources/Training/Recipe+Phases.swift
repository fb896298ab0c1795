extension Recipe {
  /// The training of the unpruned network.
  func firstTraining(images: RunImages, observer: any RunObserver) -> Phase {
    phase(
      "train", iteration: 0, epochs: training.epochs, milestones: training.milestones, images,
      observer)
  }

  /// The training after pruning iteration `iteration`.
  func retraining(_ iteration: Int, images: RunImages, observer: any RunObserver) -> Phase {
    phase(
      "retrain", iteration: iteration, epochs: pruning.retrainEpochs,
      milestones: pruning.retrainMilestones, images, observer)
  }

  private func phase(
    _ name: String, iteration: Int, epochs: Int, milestones: [Int], _ images: RunImages,
    _ observer: any RunObserver
  ) -> Phase {
    let steps = (images.training.count + training.batch - 1) / training.batch
    return Phase(
      name: name, iteration: iteration, epochs: epochs,
      schedule: Schedule(
        learningRate: training.learningRate, milestones: milestones, gamma: training.gamma,
        warmupEpochs: training.warmupEpochs, stepsPerEpoch: steps),
      recipe: self, images: images, observer: observer)
  }
}
