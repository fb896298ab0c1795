import Communication
import Datasets
import Foundation
import Networks
import Recipes
import Runs
import Storage
import Tensors
import TestSupport

/// A run on made-up images that keeps in memory what it is told.
final class SyntheticRun: RunObserver, NetworkStore, CheckpointStore {
  var records: [RunRecord] = []
  var networks: [Network] = []
  var final: Network?
  var notices: [String] = []
  /// Checkpoints, each with the number of records before it.
  var checkpoints: [Checkpoint] = []

  /// The mean loss of the epoch's images so far, after each step.
  var losses: [Double] = []

  func stepped(_ progress: StepProgress) { losses.append(progress.loss) }
  func recorded(_ record: RunRecord) { records.append(record) }
  func noticed(_ text: String) { notices.append(text) }
  func warned(_ text: String) { notices.append(text) }
  func store(_ network: Network, iteration: Int) throws {
    if refusals > 0 {
      refusals -= 1
      throw FileError.system(path: "\(iteration).safetensors", call: "write", code: ENOSPC)
    }
    precondition(
      allowsGaps || iteration == networks.count, "iteration \(iteration) after \(networks.count)")
    networks.append(network)
  }
  func storeFinal(_ network: Network, iteration: Int) { final = network }
  /// Whether networks may come without those before them.
  var allowsGaps = false
  /// How often it has no room for the network of an iteration.
  var refusals = 0
  func store(_ checkpoint: Checkpoint) {
    precondition(networks.count >= iterations.count, "a checkpoint while a network waits")
    checkpoints.append(checkpoint)
  }
  func tidy(sparing steps: Int?) {}
  func checkpoint(after steps: Int, _ demand: CheckpointDemand) -> Checkpoint? {
    checkpoints.last { $0.steps == steps }
  }
  func cut(after steps: Int) {}
  func synchronise() -> Int { records.count }

  /// Runs `recipe` in this process.
  ///
  /// - Parameter heard: what is asked of it.
  func callAsFunction(
    _ recipe: Recipe, on dataset: Dataset, from checkpoint: Checkpoint? = nil,
    heard: @escaping () -> Request = { .none }
  ) throws -> RunRecord.End {
    try Run(
      recipe, dataset: dataset, kernels: KernelSet.available[0],
      communicator: SingleProcess(heard: heard), observer: self, networks: self,
      checkpoints: self, from: checkpoint
    ).run()
  }

  var epochs: [RunRecord.Epoch] {
    records.compactMap { if case .epoch(let record) = $0 { record } else { nil } }
  }
  var prunes: [RunRecord.Prune] {
    records.compactMap { if case .prune(let record) = $0 { record } else { nil } }
  }
  var iterations: [RunRecord.Iteration] {
    records.compactMap { if case .iteration(let record) = $0 { record } else { nil } }
  }

  /// Images of class c that are bright in row c, with noise.
  static func dataset(training: Int = 700, test: Int = 100) throws -> Dataset {
    func images(_ count: Int, seed: UInt64) -> ImageSet {
      var random = SeededRandom(seed: seed)
      let shape = FeatureShape(channels: 1, height: 28, width: 28)
      let labels = (0..<count).map { _ in Int32.random(in: 0...9, using: &random) }
      let pixels = labels.flatMap { label in
        (0..<shape.count).map { pixel in
          pixel / 28 % 10 == Int(label)
            ? UInt8.random(in: 60...255, using: &random) : UInt8.random(in: 0...200, using: &random)
        }
      }
      return ImageSet(shape: shape, pixels: pixels, labels: labels)
    }
    return try Dataset(
      name: "synthetic", classes: 10, training: images(training, seed: 1),
      test: images(test, seed: 2))
  }

  /// What a checkpoint of a run of `recipe` on so many images must be like.
  static func demand(_ recipe: Recipe, training: Int) throws -> CheckpointDemand {
    let dataset = try dataset(training: training)
    return try CheckpointDemand(
      recipe, dataset: dataset, images: RunImages(dataset, recipe: recipe), worldSize: 1)
  }

  /// A recipe of a few short epochs.
  static var recipe: Recipe {
    var recipe = Recipe()
    recipe.data.validation = 100
    recipe.training.epochs = 3
    recipe.training.milestones = [2]
    recipe.pruning.iterations = 3
    recipe.pruning.retrainEpochs = 2
    recipe.pruning.retrainMilestones = []
    recipe.pruning.samples = 90
    recipe.safety.auditSteps = 2
    return recipe
  }
}
