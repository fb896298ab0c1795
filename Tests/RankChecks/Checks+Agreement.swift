import Communication

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
    check("agreement after a failure") {
      try expect(try agree(failing: []) { rank }, rank, "result")
    }
  }

  private struct Failure: Error { let rank: Int }

  /// A code whose four bytes differ, so that their order matters.
  private func code(_ rank: Int) -> Int32 { 0x0102_0300 + Int32(rank) }
  private func words(_ rank: Int) -> String { "rank \(rank): 3 × ☂ missing" }

  private func agree(failing: [Int], _ work: () -> Int) throws -> Int {
    try communicator.agree(
      describe: { error in
        let failed = (error as? Failure)?.rank ?? -1
        return (code(failed), words(failed))
      },
      {
        if failing.contains(rank) { throw Failure(rank: rank) }
        return work()
      })
  }

  private func expectFailure(of failing: [Int]) throws {
    let lowest = failing.min() ?? 0
    do {
      _ = try agree(failing: failing) { 0 }
    } catch let failure as AgreedFailure {
      try expect(failure.rank, lowest, "rank")
      try expect(failure.code, code(lowest), "code")
      try expect(failure.message, words(lowest), "message")
      return
    }
    throw Mismatch(what: "agreement", expected: "the failure of rank \(lowest)", actual: "none")
  }
}
