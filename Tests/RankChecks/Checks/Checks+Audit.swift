import Foundation
import Networks
import Optimizers
import TestSupport
import Training

extension Checks {
  /// One bit flips in the memory of one rank: the next audit names that rank and what it was; and
  /// there is no alarm without a flip.
  ///
  /// `RELIEF_FLIPS` is how often for each of four kinds of training, `RELIEF_SEED` repeats the
  /// choices.
  func audits() {
    for (name, kind) in [("Adam", KnownOptimizer.adam), ("SGD", .sgd)] {
      for scope in BatchNormScope.allCases {
        check("audits of \(name) and \(scope) batch norms") { try flips(kind, scope) }
      }
    }
    check("the first that is not finite") { try notFinite() }
  }

  private func flips(_ kind: KnownOptimizer, _ scope: BatchNormScope) throws {
    let environment = ProcessInfo.processInfo.environment
    let count = environment["RELIEF_FLIPS"].flatMap(Int.init) ?? 15
    let own = environment["RELIEF_SEED"].flatMap(UInt64.init) ?? .random(in: 0...999_999)
    let seed = try communicator.gather([Double(own)])[0][0]
    if communicator.isRoot {
      FileHandle.standardError.write(Data("\(count) flips, seed \(Int(seed))\n".utf8))
    }
    var random = SeededRandom(seed: UInt64(seed))
    let subject = try AuditSubject(kind, scope, communicator)
    for number in 0..<count {
      try subject.steps(Int.random(in: 0...2, using: &random))
      try subject.audit()
      let victim = Int.random(in: ranks, using: &random)
      let bits = random.next()
      let kind = AuditSubject.kinds[number % AuditSubject.kinds.count]
      let place = Int(bits >> 8) & 0xFFFF_FFFF
      let candidates = subject.words(ofOthers: false).filter { $0.kind == kind }
      let word = candidates[place % candidates.count]
      let waits = word.isStepped && random.next() & 1 == 0
      let what = "flip \(number) of seed \(Int(seed)), \(kind), rank \(victim)"
      // What a rank owns differs from rank to rank.
      let name = String(
        decoding: try communicator.gather(Array(word.name.utf8))[victim], as: UTF8.self)
      try subject.saved {
        if rank == victim { word.flip(Int(bits >> 40) & 31) }
        if waits { try subject.steps(1) }
        let found = try subject.alarm()
        try expect(found.hasPrefix("rank \(victim): \(name) "), true, "\(what): \(found)")
      }
      guard worldSize > 1 else { continue }
      let other = subject.words(ofOthers: true)
      let copy = other[place % other.count]
      let copied = try communicator.gather(Array(copy.name.utf8))[victim]
      try subject.saved {
        if rank == victim { copy.flip(Int(bits >> 45) & 31) }
        let found = try subject.alarm()
        let names =
          worldSize == 2 ? "ranks 0 and 1 differ" : "rank \(victim) differs from the others"
        let words = "\(names) in \(String(decoding: copied, as: UTF8.self))"
        try expect(found.contains(words), true, "\(what), gathered: \(found)")
      }
    }
    try subject.audit()
  }

  /// The step and the layer where numbers end, whichever rank had them first.
  private func notFinite() throws {
    for layer in 0..<3 {
      let subject = try AuditSubject(.sgd, .synchronised, communicator)
      try subject.steps(2)
      // As if the last step had come to that, on every rank.
      let group = [0, 2, 4][layer]
      let (network, ranges) = (subject.replica.network, subject.replica.network.parameterRanges)
      network.parameters[ranges[group].lowerBound] = .infinity
      subject.replica.renewChecksums()
      try subject.steps(3)
      do {
        try subject.audit()
        throw Mismatch(what: "audit", expected: "an alarm", actual: "none")
      } catch let error as NotFiniteError {
        try expect(error.step, 3, "step of layer \(layer)")
        let first = ["maps", "more", "classes"][layer]
        try expect(error.what.contains(first), true, error.what)
      }
    }
  }
}
