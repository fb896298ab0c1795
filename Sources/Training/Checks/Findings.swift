/// Memory of a rank that is not as the rank left it.
struct Change: Codable, Equatable {
  /// The optimizer's step before which it changed.
  let step: Int
  /// What changed, and of which layer.
  let what: String
}

/// A number of a step that is not finite.
struct Flaw: Codable, Equatable {
  /// The optimizer's step.
  let step: Int
  /// Which of a step's flaws came first: layers forward, then the loss, then layers backward.
  let order: Int
  /// What is not finite, and of which layer.
  let what: String

  /// The order of the loss itself; layers before it have lower ones, gradients behind it higher ones.
  static let ofLoss = 1 << 32
  /// That of the gradient of the parameter at `index`: the backward pass goes from the last to the first.
  static func ofGradient(at index: Int) -> Int { (ofLoss << 1) - index }
}

/// What went wrong first on a rank.
struct Findings: Codable, Equatable {
  private(set) var change: Change?
  private(set) var flaw: Flaw?

  var isEmpty: Bool { change == nil && flaw == nil }

  mutating func add(_ found: Change) {
    if found.step < change?.step ?? .max { change = found }
  }

  mutating func add(_ found: Flaw) {
    guard let flaw else { return flaw = found }
    if (found.step, found.order) < (flaw.step, flaw.order) { self.flaw = found }
  }
}
