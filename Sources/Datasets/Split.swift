import Outcomes
import Tensors

/// Which training images are trained on, and which validate.
package struct Split: Sendable {
  /// Images to train on.
  package let training: [Int]
  /// Images to validate on.
  package let validation: [Int]

  /// Draws `limit` (0 = all) of `images` images by seed, and `validation` of those to validate on.
  /// - Throws: `ConfigurationError` if that leaves nothing to train on.
  package init(images: Int, limit: Int, validation: Int, seed: Int) throws {
    let used = limit == 0 ? images : min(limit, images)
    guard validation < used else {
      throw ConfigurationError(
        place: "data.validation",
        reason: """
          \(validation) images to validate on out of \(used)\(limit == 0 ? "" : " (data.limit)") \
          leave none to train on; lower data.validation
          """)
    }
    let drawn =
      limit == 0
      ? Array(0..<images)
      : CounterRandom(seed: seed, purpose: .limit).permutation(images).prefix(used).sorted()
    let order = CounterRandom(seed: seed, purpose: .split).permutation(used).map { drawn[$0] }
    self.validation = order.prefix(validation).sorted()
    self.training = order.dropFirst(validation).sorted()
  }
}
