import Tensors

// Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov: "Dropout: a simple way to prevent neural
// networks from overfitting", JMLR 15, 2014.

/// In training each feature of each image is 0 with a probability p, else divided by 1 − p; in
/// evaluation nothing happens. What falls is a function of seed, phase, epoch, image, layer and feature.
final class Dropout: Layer {
  private let probability: Double
  private let place: Int
  private var factors: LaneBlocks?
  let outputShape: FeatureShape
  let worksInPlace = true

  /// A dropout of activations of `shape`, the `place`-th dropout of its network.
  init(probability: Double, shape: FeatureShape, place: Int) {
    precondition((0..<1).contains(probability), "a dropout of \(probability)")
    self.probability = probability
    self.outputShape = shape
    self.place = place
  }

  func prepare(blocks: Int, trains: Bool) {
    factors = trains ? LaneBlocks(shape: outputShape, capacity: blocks) : nil
  }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    guard pass.mode == .training, probability > 0, let factors else { return }
    let random = pass.draw.random(.dropout, layer: place)
    let kept = Float(1 / (1 - probability))
    let samples = pass.draw.samples
    for block in blocks {
      for lane in 0..<pass.run.images(in: block) {
        let sample = samples[samples.startIndex + block * LaneBlocks.lanes + lane]
        for feature in 0..<outputShape.count {
          let falls = random.uniform(feature, sample: sample) < probability
          factors[block, feature, lane] = falls ? 0 : kept
        }
      }
    }
    multiply(maps.output, by: factors, blocks)
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps) {
    guard probability > 0, let gradient = maps.outputGradient, let factors else { return }
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

/// Where a training step's random numbers come from: what it is for, and the images it sees.
package struct Draw: Sendable {
  /// The run's seed.
  package let seed: Int
  /// Pruning iteration and epoch.
  package let iteration, epoch: Int
  /// The images of this rank's run of blocks, by their place in the data set.
  package let samples: ArraySlice<Int>

  /// The random numbers of a step.
  package init(seed: Int, iteration: Int, epoch: Int, samples: ArraySlice<Int>) {
    (self.seed, self.iteration, self.epoch, self.samples) = (seed, iteration, epoch, samples)
  }

  /// For passes that draw nothing.
  package static let none = Draw(seed: 0, iteration: 0, epoch: 0, samples: [])

  func random(_ purpose: CounterRandom.Purpose, layer: Int) -> CounterRandom {
    CounterRandom(
      seed: seed, purpose: purpose, iteration: iteration, epoch: epoch, layer: layer)
  }
}
