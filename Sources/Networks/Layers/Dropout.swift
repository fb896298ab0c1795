import Tensors

// Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: "Dropout: a simple way to prevent
// neural networks from overfitting", JMLR 15, 2014.

/// In training each feature of each image is 0 with a probability p, else divided by 1 − p; in
/// evaluation nothing happens. Which are 0 is a function of seed, iteration, epoch, image, layer
/// and feature.
package struct Dropout: LayerDeclaration {
  /// p, in [0, 1).
  package let probability: Double

  /// Appends its passes.
  package func append(_ layer: PlacedLayer, to program: inout ProgramBuilder, input: Int) -> Int {
    program.append(
      DropoutRunner(probability: probability, shape: layer.output, layer: layer.number),
      for: layer, input: input)
  }

  /// Appends nothing: in evaluation nothing happens.
  package func infer(_ layer: PlacedLayer, in graph: inout InferenceBuilder, input: Int) -> Int {
    input
  }
}

extension Layer {
  /// While training, each feature is 0 with this probability, else divided by the rest.
  package static func dropout(_ probability: Double) -> Layer {
    precondition((0..<1).contains(probability), "a dropout of \(probability)")
    return Layer(Dropout(probability: probability))
  }
}

private final class DropoutRunner: Runner {
  private let probability: Double
  private let layer: Int
  private var factors: LaneBlocks?
  let outputShape: FeatureShape
  let worksInPlace = true

  /// A dropout of activations of `shape`, the layer of the network with the number `layer`.
  init(probability: Double, shape: FeatureShape, layer: Int) {
    (self.probability, self.outputShape, self.layer) = (probability, shape, layer)
  }

  func memory(blocks: Int) -> WorkspaceMemory {
    var memory = WorkspaceMemory()
    memory.maps = blocks * outputShape.count * LaneBlocks.lanes * MemoryLayout<Float>.stride
    return memory
  }

  func prepare(blocks: Int, trains: Bool) {
    factors = trains ? LaneBlocks(shape: outputShape, capacity: blocks) : nil
  }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    guard pass.mode == .training, probability > 0, let factors else { return }
    let random = pass.randomKey.random(.dropout, layer: layer)
    let kept = Float(1 / (1 - probability))
    let images = pass.imageIndices
    for block in blocks {
      for lane in 0..<pass.share.images(in: block) {
        let sample = images[images.startIndex + block * LaneBlocks.lanes + lane]
        for feature in 0..<outputShape.count {
          let isDropped = random.uniform(feature, sample: sample) < probability
          factors[block, feature, lane] = isDropped ? 0 : kept
        }
      }
    }
    multiply(maps.output, by: factors, blocks)
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    guard pass.mode == .training, probability > 0, let gradient = maps.outputGradient, let factors
    else { return }
    multiply(gradient, by: factors, blocks)
  }

  private func multiply(_ x: LaneBlocks, by factors: LaneBlocks, _ blocks: Range<Int>) {
    for block in blocks {
      let held = block - blocks.lowerBound
      for channel in 0..<outputShape.channels {
        for row in 0..<outputShape.height {
          for column in 0..<outputShape.width {
            for lane in 0..<LaneBlocks.lanes {
              x[held, channel, row, column, lane] *= factors[block, channel, row, column, lane]
            }
          }
        }
      }
    }
  }
}
