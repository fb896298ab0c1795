import Foundation
import Networks
import Tensors

/// A network as plain loops in double precision over all connections, pruned ones 0.
struct ReferenceNetwork {
  let architecture: Architecture
  let mask: Mask
  /// Of the unpruned network, in canonical order.
  var parameters: [Double]
  /// `[image][channel][row][column]`.
  var images: [[Double]]
  let labels: [Int]
  /// Where dropouts draw from.
  let randomKey: RandomKey
  let samples: [Int]
  /// What a pass is for.
  let mode: Pass.Mode
  /// The images whose moments batch norms take together in training: all, or those of each rank.
  let normalised: [Range<Int>]
  /// Running means and variances, batch norm by batch norm.
  let statistics: [Double]

  private let groups: [String: ConnectionGroup]
  private let statisticPlaces: [String: Int]

  init(
    _ architecture: Architecture, mask: Mask, parameters: [Double], images: [[Double]],
    labels: [Int], randomKey: RandomKey, samples: [Int], mode: Pass.Mode, normalised: [Range<Int>],
    statistics: [Double]
  ) {
    let layout = ConnectionLayout(architecture)
    self.architecture = architecture
    self.mask = mask
    self.parameters = parameters
    self.images = images
    self.labels = labels
    self.randomKey = randomKey
    self.samples = samples
    self.mode = mode
    self.normalised = normalised
    self.statistics = statistics
    groups = Dictionary(uniqueKeysWithValues: layout.groups.map { ($0.name, $0) })
    var places: [String: Int] = [:]
    var next = 0
    for group in layout.groups where group.kind == .batchNorm {
      places[group.name] = next
      next += 2 * group.units
    }
    statisticPlaces = places
  }

  /// What a pass came to.
  struct Outcome {
    let logits: [[Double]]
    /// The mean cross-entropy.
    let loss: Double
    /// How far the nearest rectifier or maximum is from going another way.
    let margin: Double
    /// The smallest σ² / max(1, μ²) of a batch norm: single precision loses as many digits.
    let conditioning: Double
    /// Running means and variances after it, for each set of images that are normalised together.
    let statistics: [[Double]]
  }

  func evaluate() -> Outcome {
    var pass = ReferencePass(self)
    let logits = pass.run(
      architecture.layers, ReferenceMaps(shape: architecture.input, images: images)
    ).images
    let losses = zip(logits, labels).map { row, label in
      log(row.reduce(0) { $0 + exp($1) }) - row[label]
    }
    return Outcome(
      logits: logits, loss: losses.reduce(0, +) / Double(images.count), margin: pass.margin,
      conditioning: pass.conditioning, statistics: pass.statistics)
  }

  /// The central difference of the loss along `direction`: f(x + hd) − f(x − hd) over 2h.
  ///
  /// In double precision, with h = 1e-6, rounding adds about 1e-10 and curvature about h².
  func derivative(along direction: Direction) -> Double {
    let step = 1e-6
    let losses = [step, -step].map { shift in
      var shifted = self
      for (index, change) in direction.parameters.enumerated() {
        shifted.parameters[index] += shift * change
      }
      for (image, changes) in direction.images.enumerated() {
        for (index, change) in changes.enumerated() {
          shifted.images[image][index] += shift * change
        }
      }
      return shifted.evaluate().loss
    }
    return (losses[0] - losses[1]) / (2 * step)
  }

  func group(_ name: String) -> ConnectionGroup {
    guard let group = groups[name] else { preconditionFailure("no group \(name)") }
    return group
  }

  /// Where the running means of a batch norm begin; its variances follow.
  func statisticPlace(_ name: String) -> Int {
    guard let place = statisticPlaces[name] else { preconditionFailure("no statistics of \(name)") }
    return place
  }
}

/// A change of parameters and images, both empty where they stay.
struct Direction {
  let name: String
  var parameters: [Double] = []
  var images: [[Double]] = []
}

/// Activations of a batch: `[image][channel][row][column]`.
struct ReferenceMaps {
  let shape: FeatureShape
  var images: [[Double]]

  init(shape: FeatureShape, images: [[Double]]) {
    self.shape = shape
    self.images = images
  }

  /// Zeros.
  init(shape: FeatureShape, count: Int) {
    self.init(
      shape: shape,
      images: [[Double]](repeating: [Double](repeating: 0, count: shape.count), count: count))
  }

  subscript(image: Int, channel: Int, row: Int, column: Int) -> Double {
    get { images[image][(channel * shape.height + row) * shape.width + column] }
    set { images[image][(channel * shape.height + row) * shape.width + column] = newValue }
  }

  /// Every image, row and column.
  var positions: [(image: Int, row: Int, column: Int)] {
    images.indices.flatMap { image in
      (0..<shape.height).flatMap { row in (0..<shape.width).map { (image, row, $0) } }
    }
  }

  /// All features, each made from what it is and its image and place.
  func mapFeatures(_ body: (Double, _ image: Int, _ feature: Int) -> Double) -> ReferenceMaps {
    ReferenceMaps(
      shape: shape,
      images: images.enumerated().map { image, features in
        features.enumerated().map { body($1, image, $0) }
      })
  }
}
