import Datasets
import Models
import Networks
import Storage
import Tensors

/// Compares what a file has become with the network that was written, by their logits.
package struct Proof {
  /// Images that are made up where there are none.
  private static let madeUp = 256

  private let images: ImageSet
  /// Whether they are made up.
  package let isMadeUp: Bool

  /// A proof on `images`; without, on random ones for the model `description`.
  package init(_ images: ImageSet?, for description: ModelDescription) {
    isMadeUp = images == nil
    self.images =
      images
      ?? ImageSet.synthetic(
        count: Self.madeUp, shape: description.input, classes: description.classNames.count,
        normalisation: description.normalisation)
  }

  /// How many images there are.
  package var count: Int { images.count }

  /// The logits of all images, `[image][class]`.
  package func logits(of network: Network, _ normalisation: Normalisation?) -> [Float] {
    logits(InferenceWorkspace(network, blocks: 4), normalisation, kernels: network.kernels)
  }

  private func logits(
    _ workspace: InferenceWorkspace, _ normalisation: Normalisation?, kernels: KernelSet
  ) -> [Float] {
    let loader = ImageLoader(kernels: kernels)
    let set = ImageSet(
      shape: images.shape, pixels: images.pixels, labels: images.labels,
      normalisation: normalisation)
    let room = workspace.input.capacity * LaneBlocks.lanes
    var logits: [Float] = []
    for start in stride(from: 0, to: images.count, by: room) {
      let batch = Array(start..<min(start + room, images.count))
      let share = BlockShare(images: batch.count, rank: 0, worldSize: 1)
      loader.load(set, batch[...], share: share, into: workspace.input)
      let output = workspace.forward(blocks: share.count)
      for image in 0..<batch.count {
        for feature in 0..<output.shape.count {
          logits.append(output[image / LaneBlocks.lanes, feature, image % LaneBlocks.lanes])
        }
      }
    }
    return logits
  }
}
