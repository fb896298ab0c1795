import Communication
import Outcomes

extension Checks {
  /// One rank's failure is every rank's failure.
  func agreements() {
    check("agreement without failure") {
      let result = try agree(failing: []) { 7 * rank }
      try expect(result, 7 * rank, "result")
    }
    check("agreement on one failure") { try expectFailure(of: [worldSize - 1]) }
    check("agreement on the lowest rank that failed") {
      try expectFailure(of: Array(ranks.dropFirst(worldSize > 1 ? 1 : 0)))
    }
    check("agreement on what the root alone does") {
      do {
        _ = try communicator.agreeOnRoot { throw Failure(rank: 0) }
      } catch let failure as AgreedFailure {
        return try expect(failure.message, words(0), "message")
      }
      throw Mismatch(what: "agreement", expected: "the root's failure", actual: "none")
    }
    check("values that differ are told with both ranks") {
      try communicator.requireSame("a number", "7", remedy: "do nothing")
      guard worldSize > 1 else { return }
      let last = worldSize - 1
      do {
        try communicator.requireSame("a number", rank == last ? "8" : "7", remedy: "count again")
      } catch let error as ReplicaError {
        let (first, other) = (
          communicator.inspector.name(of: 0), communicator.inspector.name(of: last)
        )
        return try expect(
          error.what, "a number is 7 on \(first) and 8 on \(other); count again", "words")
      }
      throw Mismatch(what: "values", expected: "a difference", actual: "none")
    }
    check("agreement after a failure") {
      try expect(try agree(failing: []) { rank }, rank, "result")
    }
  }

  private struct Failure: UserFacingError {
    let rank: Int
    var exitCode: ExitCode { code(rank) }
    var description: String { words(rank) }
  }

  private func agree(failing: [Int], _ work: () -> Int) throws -> Int {
    try communicator.agree {
      if failing.contains(rank) { throw Failure(rank: rank) }
      return work()
    }
  }

  private func expectFailure(of failing: [Int]) throws {
    let lowest = failing.min() ?? 0
    do {
      _ = try agree(failing: failing) { 0 }
    } catch let failure as AgreedFailure {
      try expect(failure.rank, lowest, "rank")
      try expect(failure.code, code(lowest).rawValue, "code")
      // Who failed alone is named.
      let name = failing.count < worldSize ? communicator.inspector.name(of: lowest) + ": " : ""
      try expect(failure.message, name + words(lowest), "message")
      return
    }
    throw Mismatch(what: "agreement", expected: "the failure of rank \(lowest)", actual: "none")
  }
}

/// Ranks end with different codes, so that it is seen whose counts.
private func code(_ rank: Int) -> ExitCode { rank.isMultiple(of: 2) ? .notFinite : .stalled }
private func words(_ rank: Int) -> String { "rank \(rank): 3 × ☂ missing" }
