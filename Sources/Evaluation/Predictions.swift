import Tensors

/// What a model makes of images, in their order.
package struct Predictions: Sendable, Equatable {
  /// Numbers of an image on their way between ranks: class and place.
  private static let width = 2

  /// The class with the largest logit, the first of equals.
  package private(set) var classes: [Int] = []
  /// How many classes have a larger logit than the label's, or an equal one and come before it.
  package private(set) var places: [Int] = []
  /// All logits `[image][class]`, where they are kept.
  package private(set) var logits: [Float] = []
  private let keepsLogits: Bool

  /// None yet.
  package init(keepsLogits: Bool) { self.keepsLogits = keepsLogits }

  /// Those of all ranks, in order.
  package init(_ gathered: [[Double]], logits: [[Float]]) {
    keepsLogits = true
    for numbers in gathered {
      for image in 0..<numbers.count / Self.width {
        classes.append(Int(numbers[Self.width * image]))
        places.append(Int(numbers[Self.width * image + 1]))
      }
    }
    self.logits = logits.flatMap(\.self)
  }

  /// For the way between ranks.
  package var numbers: [Double] { zip(classes, places).flatMap { [Double($0), Double($1)] } }

  /// Appends the images of a pass.
  package mutating func append(_ logits: LaneBlocks, labels: [Int32]) {
    let count = logits.shape.count
    for (image, label) in labels.enumerated() {
      let (block, lane) = (image / LaneBlocks.lanes, image % LaneBlocks.lanes)
      let values = (0..<count).map { logits[block, $0, lane] }
      let own = values[Int(label)]
      var best = 0
      for other in 1..<max(count, 1) where values[other] > values[best] { best = other }
      classes.append(best)
      places.append(
        values.indices.count {
          values[$0] > own || (values[$0] == own && $0 < Int(label))
        })
      if keepsLogits { self.logits += values }
    }
  }
}
