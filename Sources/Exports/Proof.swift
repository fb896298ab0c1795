import Datasets
import Foundation
import Models
import Networks
import Outcomes
import Tensors

/// Compares what a file holds with the network that was written, by their logits.
package struct Proof {
  /// Images that are made up where there are none.
  private static let madeUp = 256
  /// Numbers that these have at most, but for sixteen images.
  private static let mostNumbers = 1 << 26
  /// Where all logits are smaller, so may the differences be that rounding makes.
  private static let leastLogit: Float = 1e-6

  private let model: Model
  private let images: ImageSet
  /// Whether they are made up.
  package let isMadeUp: Bool

  /// A proof on `images`; without, on random ones.
  package init(_ model: Model, on images: ImageSet?) {
    let description = model.description
    self.model = model
    isMadeUp = images == nil
    self.images =
      images
      ?? ImageSet.synthetic(
        count: min(Self.madeUp, max(16, Self.mostNumbers / description.input.count)),
        shape: description.input, classes: description.classNames.count)
  }

  /// How many images there are.
  package var count: Int { images.count }

  /// Requires `bytes` in `format` to be the network; `path` names them in errors.
  /// - Returns: how far logits are from the network's at most, as a share of the largest.
  /// - Parameter between: is called between passes.
  /// - Throws: `ProofError`; `FileError.damaged`; what `between` throws.
  package func require(
    _ bytes: Data, _ format: ExportFormat, path: String, between: () throws -> Void = {}
  ) throws -> Float {
    let content = try format.decoded(bytes, like: model, path: path)
    let expected = try logits(
      ExportFormat.Content(
        graph: InferenceGraph(model.network), normalisation: model.description.normalisation),
      between)
    guard expected.allSatisfy(\.isFinite) else { throw model.notFinite }
    let found = try logits(content, between)
    let largest = expected.reduce(Self.leastLogit) { max($0, abs($1)) }
    let distance = zip(expected, found).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) } / largest
    let isEqual =
      format.tolerance > 0
      ? distance <= format.tolerance : expected.map(\.bitPattern) == found.map(\.bitPattern)
    guard expected.count == found.count, found.allSatisfy(\.isFinite), isEqual else {
      throw ProofError(path: path, distance: distance)
    }
    return distance
  }

  /// The logits of all images, `[image][class]`.
  private func logits(
    _ content: ExportFormat.Content, _ between: () throws -> Void
  ) rethrows -> [Float] {
    let kernels = model.network.kernels
    let workspace = InferenceWorkspace(content.graph, blocks: 4, kernels: kernels)
    let loader = ImageLoader(kernels: kernels)
    let set = ImageSet(
      shape: images.shape, pixels: images.pixels, labels: images.labels,
      normalisation: content.normalisation)
    let room = workspace.input.capacity * LaneBlocks.lanes
    var logits: [Float] = []
    for start in stride(from: 0, to: images.count, by: room) {
      try between()
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

/// What was to be written is not the network.
package struct ProofError: UserFacingError {
  let path: String
  let distance: Float
  /// 70.
  package let exitCode = ExitCode.internalError
  /// The file, and how far off it is.
  package var description: String {
    "\(path): read back, logits are \(distance) of the largest off; nothing was written"
  }
}
