import Communication
import Networks
import Tensors
import TestSupport

/// A small random network under a random mask, with a batch to learn.
struct RandomTask {
  let architecture: Architecture
  let mask: Mask
  let parameters: FloatBuffer
  let images: [[Float]]
  let labels: [Int32]

  init(using random: inout SeededRandom) {
    let architecture = Self.architecture(using: &random)
    var mask = Mask(count: ConnectionLayout(architecture).count)
    let density = Bool.random(using: &random) ? 1 : Double.random(in: 0.3...0.9, using: &random)
    for index in 0..<mask.count { mask[index] = Double.random(in: 0..<1, using: &random) < density }
    self.architecture = architecture
    self.mask = mask
    parameters = FloatBuffer(
      (0..<mask.keptCount).map { _ in Float.random(in: -1...1, using: &random) })
    // Not a multiple of 16, so that the last block has empty lanes.
    let count = [1, 7, 19, 37].randomElement(using: &random) ?? 1
    images = (0..<count).map { _ in
      (0..<architecture.input.count).map { _ in Float.random(in: -1...1, using: &random) }
    }
    labels = (0..<count).map { _ in
      Int32.random(in: 0..<Int32(architecture.classes), using: &random)
    }
  }

  /// One to three dense layers, each but the last with or without a rectifier behind it.
  private static func architecture(using random: inout SeededRandom) -> Architecture {
    let classes = Int.random(in: 2...5, using: &random)
    let hidden = Int.random(in: 0...2, using: &random)
    var layers: [LayerDeclaration] = []
    for index in 0..<hidden {
      layers.append(.dense("hidden.\(index)", neurons: Int.random(in: 1...7, using: &random)))
      if Bool.random(using: &random) { layers.append(.rectifier) }
    }
    layers.append(.dense("classes", neurons: classes))
    return Architecture(
      name: "small", input: FeatureShape(channels: 2, height: 1, width: 3), classes: classes,
      layers: layers)
  }

  /// The gradient of the mean cross-entropy by the surviving parameters, and that loss.
  func gradient(kernels: KernelSet, products: Products) throws -> (gradient: [Float], loss: Double)
  {
    let network = Network(
      architecture, mask: mask, parameters: parameters, kernels: kernels, products: products)
    let run = BlockRun(images: images.count, rank: 0, worldSize: 1)
    let workspace = Workspace(network, blocks: run.count, partials: run.subtrees.count)
    for (index, image) in images.enumerated() {
      for (feature, value) in image.enumerated() {
        workspace.input[index / LaneBlocks.lanes, feature, index % LaneBlocks.lanes] = value
      }
    }
    let sums = SingleProcess()
    let logits = try workspace.forward(run, mode: .training, sums: sums)
    let losses = CrossEntropy(kernels: kernels)(
      logits, labels: labels, run: run, gradient: workspace.logitsGradient)
    try workspace.backward(run, sums: sums) { _ in }
    let gradient = (0..<network.parameters.count).map { workspace.gradients.buffer[$0] }
    return (gradient, losses.reduce(0) { $0 + $1[0] } / Double(images.count))
  }
}
