import Communication
import Foundation
import Testing

/// Ranks without MPI: threads of which one runs at a time, in turns, on a clock that goes on by a
/// tick each time round.
final class FakeRanks: @unchecked Sendable {
  /// What a rank does.
  typealias Work = @Sendable (FakeRank) throws -> Void

  let count: Int
  /// Seconds a rank waits before it begins an inspection.
  static let limit = 60.0
  private(set) var seconds = 0.0
  /// Messages that were sent.
  private(set) var messages = 0
  /// What ranks were warned of.
  fileprivate(set) var warnings: [String] = []
  /// When each rank's work ended.
  private(set) var ends: [Double]
  /// How it ended.
  private(set) var outcomes: [Result<Void, any Error>?]
  fileprivate var mailboxes: [[(bytes: [UInt8], rank: Int)]]
  private let turns: [DispatchSemaphore]
  private let isDone = DispatchSemaphore(value: 0)

  private static let tick = 1.0

  init(_ count: Int) {
    self.count = count
    ends = Array(repeating: 0, count: count)
    outcomes = Array(repeating: nil, count: count)
    mailboxes = Array(repeating: [], count: count)
    turns = (0..<count).map { _ in DispatchSemaphore(value: 0) }
  }

  /// Runs `work` on every rank to its end. Stalls are what tests look for; another error is an
  /// issue.
  func run(_ work: @escaping Work) {
    for rank in 0..<count {
      Thread.detachNewThread { [self] in
        turns[rank].wait()
        outcomes[rank] = Result { try work(FakeRank(self, rank)) }
        ends[rank] = seconds
        next(after: rank)
      }
    }
    turns[0].signal()
    isDone.wait()
    for (rank, outcome) in outcomes.enumerated() {
      guard case .failure(let error) = outcome, !(error is StallError) else { continue }
      Issue.record(error, "rank \(rank)")
    }
  }

  /// Lets time pass in which no rank runs.
  func skip(seconds: Double) { self.seconds += seconds }

  /// The errors of stalled ranks.
  var stalls: [StallError] {
    outcomes.compactMap { outcome in
      guard case .failure(let error) = outcome else { return nil }
      return error as? StallError
    }
  }

  /// Whether `rank` is at the end of its work.
  func hasEnded(_ rank: Int) -> Bool { outcomes[rank] != nil }

  fileprivate func send(_ bytes: [UInt8], from rank: Int, to target: Int) {
    messages += 1
    mailboxes[target].append((bytes, rank))
  }

  fileprivate func pass(_ rank: Int) {
    next(after: rank)
    turns[rank].wait()
  }

  private func next(after rank: Int) {
    let order = (1...count).map { (rank + $0) % count }
    guard let next = order.first(where: { outcomes[$0] == nil }) else {
      isDone.signal()
      return
    }
    if next <= rank { seconds += Self.tick }
    turns[next].signal()
  }
}

/// One of them.
final class FakeRank: InspectionMessages {
  let rank: Int
  let ranks: FakeRanks
  private(set) lazy var inspector = {
    let inspector = StallInspector(
      rank: rank, hosts: (0..<ranks.count).map { "host-\($0)" }, messages: self,
      limit: FakeRanks.limit, now: { [ranks] in ranks.seconds })
    inspector.warn = { [ranks] in ranks.warnings.append($0) }
    return inspector
  }()

  init(_ ranks: FakeRanks, _ rank: Int) { (self.ranks, self.rank) = (ranks, rank) }

  func send(_ bytes: [UInt8], to target: Int) { ranks.send(bytes, from: rank, to: target) }
  func receive() -> (bytes: [UInt8], rank: Int)? {
    ranks.mailboxes[rank].isEmpty ? nil : ranks.mailboxes[rank].removeFirst()
  }

  /// Lets the others run once.
  func pass() { ranks.pass(rank) }

  /// Is stopped for some seconds.
  func sleep(seconds: Double) {
    let end = ranks.seconds + seconds
    while ranks.seconds < end { pass() }
  }

  /// Works for some seconds, and answers all the while.
  func work(seconds: Double) throws {
    let end = ranks.seconds + seconds
    while ranks.seconds < end {
      pass()
      try inspector.answer()
    }
  }

  /// Waits for what `isComplete` says; the others run after as many polls as lie between two looks.
  func wait(until isComplete: @escaping () -> Bool) throws {
    var polls = 0
    try inspector.wait {
      polls += 1
      if polls.isMultiple(of: 64) { self.pass() }
      return isComplete()
    }
  }
}
