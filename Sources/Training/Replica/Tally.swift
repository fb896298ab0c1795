import Tensors

/// Summed losses and correct answers of images.
package struct Tally: Sendable, Equatable, Codable {
  /// Numbers a block contributes: its losses' sum and its correct answers.
  package static let width = 2

  /// Images counted.
  package private(set) var images = 0
  private var lossSum = 0.0
  private var right = 0.0

  /// Whether the losses in `partials` are finite.
  static func isFinite(_ partials: BlockPartials) -> Bool {
    stride(from: 0, to: partials.sums.count, by: width).allSatisfy { partials.sums[$0].isFinite }
  }

  /// Whether it can be that of images: correct answers are some of them.
  package var isSound: Bool { lossSum.isFinite && right >= 0 && right <= Double(images) }

  /// No images.
  package init() {}

  /// Counts `images` more, whose losses and correct answers sum up to `sums`.
  package mutating func add(_ sums: some RandomAccessCollection<Double>, images: Int) {
    precondition(sums.count == Self.width, "\(sums.count) sums")
    lossSum += sums[sums.startIndex]
    right += sums[sums.index(after: sums.startIndex)]
    self.images += images
  }

  /// Mean cross-entropy in nats.
  package var loss: Double { lossSum / Double(images) }
  /// The fraction classified right.
  package var accuracy: Double { right / Double(images) }
}
