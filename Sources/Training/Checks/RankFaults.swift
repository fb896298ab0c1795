/// Memory of a rank that is not as the rank left it.
struct Corruption: Codable, Equatable {
  /// The optimizer's step before which it changed.
  let step: Int
  /// What changed, and of which layer.
  let what: String
}

/// A number of a step that is not finite.
struct NonFinite: Codable, Equatable {
  /// The optimizer's step.
  let step: Int
  /// Which of a step's came first: layers forward, then the loss, then layers backward.
  let order: Int
  /// What is not finite, and of which layer.
  let what: String

  /// The order of the loss itself; layers before it have lower ones, gradients after it higher
  /// ones.
  static let ofLoss = 1 << 32
  /// That of the gradient of the parameter at `index`: the backward pass goes from the last to the
  /// first.
  static func ofGradient(at index: Int) -> Int { (ofLoss << 1) - index }
}

/// What went wrong first on a rank.
struct RankFaults: Codable, Equatable {
  private(set) var corruption: Corruption?
  private(set) var nonFinite: NonFinite?

  var isEmpty: Bool { corruption == nil && nonFinite == nil }

  mutating func add(_ found: Corruption) {
    if found.step < corruption?.step ?? .max { corruption = found }
  }

  mutating func add(_ found: NonFinite) {
    guard let nonFinite else { return nonFinite = found }
    if (found.step, found.order) < (nonFinite.step, nonFinite.order) { self.nonFinite = found }
  }
}

/// Where all checks of a rank note what they find.
final class FaultLog {
  var faults = RankFaults()
}
