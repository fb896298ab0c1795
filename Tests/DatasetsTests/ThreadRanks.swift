import Datasets
import Foundation

/// Ranks that are threads of this process.
struct ThreadRanks: LoadingRanks {
  let rank: Int
  private let meeting: Meeting

  /// Does `work` on `count` ranks and returns what became of it, by rank.
  static func run<Result: Sendable>(
    _ count: Int, _ work: @escaping @Sendable (ThreadRanks) throws -> Result
  ) -> [Swift.Result<Result, any Error>] {
    let meeting = Meeting(count)
    let threads = (0..<count).map { rank in
      Worker { try work(ThreadRanks(rank: rank, meeting: meeting)) }
    }
    for thread in threads { thread.start() }
    return threads.map { $0.outcome() }
  }

  func gather(_ bytes: [UInt8]) throws -> [[UInt8]] { meeting.gather(rank, bytes) }

  struct Failure: Error, CustomStringConvertible { let description: String }

  func agree<Result>(_ work: () throws -> Result) throws -> Result {
    let outcome = Swift.Result { try work() }
    var words = ""
    if case .failure(let error) = outcome { words = "\(error)" }
    if let failure = meeting.gather(rank, Array(words.utf8)).first(where: { !$0.isEmpty }) {
      throw Failure(description: String(decoding: failure, as: UTF8.self))
    }
    return try outcome.get()
  }
}

/// Where all threads leave something and wait for the others.
private final class Meeting: @unchecked Sendable {
  private let condition = NSCondition()
  private var arrived: [[UInt8]?]
  private var gathered: [[UInt8]] = []
  private var round = 0

  init(_ count: Int) { arrived = Array(repeating: nil, count: count) }

  func gather(_ rank: Int, _ bytes: [UInt8]) -> [[UInt8]] {
    condition.lock()
    defer { condition.unlock() }
    let mine = round
    arrived[rank] = bytes
    let all = arrived.compactMap(\.self)
    if all.count == arrived.count {
      gathered = all
      arrived = Array(repeating: nil, count: all.count)
      round += 1
      condition.broadcast()
    }
    while round == mine { condition.wait() }
    return gathered
  }
}

/// A thread with an outcome.
private final class Worker<Result: Sendable>: @unchecked Sendable {
  private let work: @Sendable () throws -> Result
  private let isDone = DispatchSemaphore(value: 0)
  private var result: Swift.Result<Result, any Error>?

  init(_ work: @escaping @Sendable () throws -> Result) { self.work = work }

  func start() {
    Thread.detachNewThread {
      self.result = Swift.Result { try self.work() }
      self.isDone.signal()
    }
  }

  func outcome() -> Swift.Result<Result, any Error> {
    isDone.wait()
    guard let result else { preconditionFailure("a thread ended without an outcome") }
    return result
  }
}
