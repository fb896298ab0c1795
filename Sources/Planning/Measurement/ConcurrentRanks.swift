import Foundation
import Tensors

/// Work on several threads at once, as ranks share a machine.
package enum ConcurrentRanks {
  /// What `work` returns on each of `count` threads. It is given its thread's number and a line at
  /// which those that have come there wait for the others.
  /// - Throws: what one of them met.
  package static func run<Result: Sendable>(
    _ count: Int, _ work: @escaping @Sendable (_ index: Int, _ line: StartLine) throws -> Result
  ) throws -> [Result] {
    let line = StartLine(count)
    let results = Results<Result>(count)
    for index in 0..<count {
      let thread = Thread {
        KernelSet.flushSubnormals()
        let result = Swift.Result { try work(index, line) }
        // Who failed keeps nobody waiting.
        if case .failure = result { line.open() }
        results.set(result, at: index)
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    return try results.wait().map { try $0.get() }
  }

  /// Where threads wait for each other, so that they start together.
  package final class StartLine: @unchecked Sendable {
    private let condition = NSCondition()
    private let count: Int
    private var arrived = 0
    private var round = 0
    private var isOpen = false

    fileprivate init(_ count: Int) { self.count = count }

    /// Returns once all threads have called it as often.
    package func wait() {
      condition.withLock {
        arrived += 1
        if arrived == count {
          arrived = 0
          round += 1
          condition.broadcast()
        }
        let mine = arrived == 0 ? round - 1 : round
        while round == mine && !isOpen { condition.wait() }
      }
    }

    /// Lets everybody pass from now on.
    fileprivate func open() {
      condition.withLock {
        isOpen = true
        condition.broadcast()
      }
    }
  }

  private final class Results<Result: Sendable>: @unchecked Sendable {
    private let condition = NSCondition()
    private var results: [Swift.Result<Result, any Error>?]

    init(_ count: Int) { results = .init(repeating: nil, count: count) }

    func set(_ result: Swift.Result<Result, any Error>, at index: Int) {
      condition.withLock {
        results[index] = result
        condition.broadcast()
      }
    }

    func wait() -> [Swift.Result<Result, any Error>] {
      condition.withLock {
        while results.contains(where: { $0 == nil }) { condition.wait() }
        return results.compactMap { $0 }
      }
    }
  }
}
