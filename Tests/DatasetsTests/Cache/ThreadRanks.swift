import Communication
import Foundation
import Tensors

/// Ranks that are threads of this process. They load data together; they do not train.
final class ThreadRanks: Communicator {
  let rank, worldSize: Int
  let bytesSent = 0
  let communicationSeconds = 0.0
  let requests = Requests(heard: { .none }) { _ in NoAgreement() }
  let inspector: StallInspector
  private let meeting: Meeting

  private init(rank: Int, of worldSize: Int, _ meeting: Meeting) {
    (self.rank, self.worldSize, self.meeting) = (rank, worldSize, meeting)
    inspector = StallInspector(
      rank: rank, hosts: Array(repeating: "here", count: worldSize), messages: NoMessages())
  }

  /// Does `work` on `count` ranks and returns what became of it, by rank.
  static func run<Result: Sendable>(
    _ count: Int, _ work: @escaping @Sendable (ThreadRanks) throws -> Result
  ) -> [Swift.Result<Result, any Error>] {
    let meeting = Meeting(count)
    let threads = (0..<count).map { rank in
      Worker { try work(ThreadRanks(rank: rank, of: count, meeting)) }
    }
    for thread in threads { thread.start() }
    return threads.map { $0.outcome() }
  }

  func gather(_ bytes: [UInt8]) -> [[UInt8]] { meeting.gather(rank, bytes) }
  func broadcast(_ bytes: [UInt8]) -> [UInt8] { gather(bytes)[0] }
  func gather(_ numbers: [Double]) -> [[Double]] { preconditionFailure("no numbers travel") }
  func addUp(_ partials: inout BlockPartials) { preconditionFailure("no sums are formed") }
  func allToAll(
    from source: FloatBuffer, _ send: [Range<Int>], to target: FloatBuffer, _ receive: [Range<Int>]
  ) -> any Transfer { preconditionFailure("no gradients travel") }
  func allGather(_ buffer: FloatBuffer, _ ranges: [Range<Int>]) -> any Transfer {
    preconditionFailure("no parameters travel")
  }
  func abort(code: Int32) -> Never { preconditionFailure("a rank aborts with \(code)") }
  func finish() {}

  private struct NoAgreement: PendingAgreement { func wait() -> Int32 { 0 } }
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
