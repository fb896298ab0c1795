import Communication
import Datasets
import Foundation
import Models
import Networks
import Tensors
import Training

/// One rank's forward passes of a model, with their times.
final class Predictor {
  /// Images of a batch whose latency is told.
  static let batch = 64

  let model: Model
  private let workspace: InferenceWorkspace
  private let loader: ImageLoader
  private let loss: CrossEntropy
  private let communicator: any Communicator
  /// Time spent in forward passes over images that were counted.
  private(set) var seconds = 0.0

  /// Passes over up to `batch` images of all ranks together.
  init(_ model: Model, communicator: any Communicator) {
    (self.model, self.communicator) = (model, communicator)
    let network = model.network
    workspace = InferenceWorkspace(network, blocks: LaneBlocks.count(forImages: Self.batch))
    loader = ImageLoader(kernels: network.kernels)
    loss = CrossEntropy(kernels: network.kernels)
  }

  /// Floating-point operations of a batch.
  var operations: Int { 2 * workspace.graph.multiplyAdds * Self.batch }

  /// Runs one batch of this rank's own images, appends losses and correct answers of its blocks to
  /// `partials`, and what it makes of each image to `predictions`.
  func predict(
    _ batch: Batch, _ share: BlockShare, into partials: inout BlockPartials,
    _ predictions: inout Predictions
  ) {
    loader.load(images(batch.images), batch.order, share: share, into: workspace.input)
    let start = Date()
    let logits = workspace.forward(blocks: share.count)
    seconds += -start.timeIntervalSinceNow
    loss.add(logits, loader.labels, share, to: &partials)
    predictions.append(logits, labels: loader.labels)
  }

  /// The images as the model was trained to see them, whatever their own set says.
  private func images(_ set: ImageSet) -> ImageSet {
    ImageSet(
      shape: set.shape, pixels: set.pixels, labels: set.labels,
      normalisation: model.description.normalisation)
  }

  /// Seconds of a forward pass over `images` images that all ranks share.
  /// - Throws: what ranks throw.
  func pass(images: Int) throws -> Double {
    let share = BlockShare(
      images: images, rank: communicator.rank, worldSize: communicator.worldSize)
    // Together they begin.
    _ = try communicator.gather([0.0])
    let start = Date()
    _ = workspace.forward(blocks: share.count)
    return try communicator.gather([-start.timeIntervalSinceNow]).map { $0[0] }.max() ?? 0
  }
}
