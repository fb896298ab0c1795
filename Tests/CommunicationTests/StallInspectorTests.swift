import Testing

/// The inspection, on a clock of its own and ranks without MPI.
struct WatchTests {
  private static let limit = FakeRanks.limit

  @Test func noWaitNoMessage() throws {
    let ranks = FakeRanks(3)
    ranks.run { try $0.wait { true } }
    #expect(ranks.messages == 0 && ranks.seconds <= 1)
  }

  @Test func shortWaitsCallNoRoll() {
    let ranks = FakeRanks(3)
    ranks.run { rank in
      if rank.rank == 2 { return rank.sleep(seconds: Self.limit - 2) }
      try rank.wait { ranks.hasEnded(2) }
    }
    #expect(ranks.messages == 0 && ranks.stalls.isEmpty)
  }

  /// Whichever stops: one rank names it, with its host and where it is waited for, within twice the
  /// limit and a tenth.
  @Test(arguments: [(2, 0), (2, 1), (5, 0), (5, 3), (64, 0), (64, 63)])
  func silentRankIsNamed(count: Int, silent: Int) throws {
    let ranks = FakeRanks(count)
    ranks.run { rank in
      if rank.rank == silent { return rank.sleep(seconds: 10 * Self.limit) }
      try rank.inspector.during("evaluate") {
        rank.inspector.step = 12
        // All end with the job, once one has found out.
        try rank.wait { !ranks.stalls.isEmpty }
      }
    }
    let stall = try #require(ranks.stalls.first)
    #expect(ranks.stalls.count == 1)
    #expect(stall.silent.map(\.rank) == [silent])
    #expect(stall.silent.first?.host == "host-\(silent)")
    #expect(stall.silent.first?.task == "evaluate" && stall.silent.first?.step == 12)
    #expect("\(stall)".contains("rank \(silent) on host-\(silent) (evaluate, after step 12)"))
    #expect("\(stall)".contains("60 s") && "\(stall)".contains("safety.stall_seconds"))
    let found = try #require(
      ranks.ends.enumerated().filter { $0.offset != silent }.map(\.element).max())
    #expect((2 * Self.limit..<2.2 * Self.limit).contains(found))
    // A call to each and an answer from each: the others leave it to one.
    #expect(ranks.messages <= 2 * (count - 1))
  }

  /// As long as it answers, it is slow: it is reported once, and waited for.
  @Test func slowRankIsReportedOnce() throws {
    let ranks = FakeRanks(4)
    ranks.run { rank in
      if rank.rank == 2 {
        return try rank.inspector.during("importance") {
          rank.inspector.step = 7
          try rank.work(seconds: 10 * Self.limit)
        }
      }
      try rank.wait { ranks.hasEnded(2) }
    }
    #expect(ranks.stalls.isEmpty)
    #expect(ranks.warnings.count == 1)
    #expect(
      try #require(ranks.warnings.first).contains("rank 2 on host-2 (importance, after step 7)"))
  }

  /// What it told is where it was when it fell silent.
  @Test func rankThatFallsSilentIsNamedByItsOwnWords() throws {
    let ranks = FakeRanks(3)
    ranks.run { rank in
      if rank.rank == 1 {
        try rank.inspector.during("checkpoint") {
          try rank.work(seconds: 1.5 * Self.limit)
        }
        return rank.sleep(seconds: 10 * Self.limit)
      }
      try rank.wait { !ranks.stalls.isEmpty }
    }
    let stall = try #require(ranks.stalls.first)
    #expect(stall.silent.map { "\($0)" } == ["rank 1 on host-1 (checkpoint, after step 0)"])
  }

  /// A caller that stops is found out by the others.
  @Test func callerThatStopsIsNamed() throws {
    let ranks = FakeRanks(3)
    ranks.run { rank in
      if rank.rank == 0 {
        // It calls, and stops.
        try rank.wait { ranks.messages > 0 }
        return rank.sleep(seconds: 10 * Self.limit)
      }
      if rank.rank == 2 { return rank.sleep(seconds: 10 * Self.limit) }
      try rank.wait { !ranks.stalls.isEmpty }
    }
    #expect(ranks.stalls.map { $0.silent.map(\.rank) } == [[0, 2]])
  }

  /// All stopped together, as with a laptop's lid, while an answer was due: nobody is to blame for
  /// that time.
  @Test func timeInWhichNobodyRanDoesNotCount() {
    let ranks = FakeRanks(3)
    ranks.run { rank in
      if rank.rank == 2 {
        // Half as long again as others wait before they call the inspection.
        for _ in 0..<Int(1.5 * Self.limit) { rank.pass() }
        return try rank.inspector.answer()
      }
      var hasSlept = false
      try rank.wait {
        if rank.rank == 0, ranks.messages > 0, !hasSlept {
          hasSlept = true
          ranks.skip(seconds: 100 * Self.limit)
        }
        return ranks.hasEnded(2)
      }
    }
    #expect(ranks.messages > 0 && ranks.stalls.isEmpty)
  }

  /// Each waits for another: no rank is silent, yet nothing will come.
  @Test func deadlockEnds() throws {
    let ranks = FakeRanks(3)
    ranks.run { rank in try rank.wait { !ranks.stalls.isEmpty } }
    let stall = try #require(ranks.stalls.first)
    #expect(stall.silent.isEmpty && "\(stall)".contains("all ranks wait"))
    #expect(ranks.seconds < 6 * Self.limit)
  }

  /// Work aside is answered for by the thread that waits for it.
  @Test func workAsideAnswers() throws {
    let ranks = FakeRanks(2)
    ranks.run { rank in
      if rank.rank == 1 {
        let value = try rank.inspector.aside { 7 }
        #expect(value == 7)
        #expect(throws: CancellationError.self) {
          try rank.inspector.aside { throw CancellationError() }
        }
      }
    }
    #expect(ranks.stalls.isEmpty)
  }
}
