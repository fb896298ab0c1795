import Foundation

extension StallInspector {
  /// Does `work` on a thread of its own, while this one answers inspections: for what may take long
  /// and never talks to ranks, such as reading, hashing and bringing to disk.
  /// - Throws: what `work` and the messages throw.
  package func aside<Result>(_ work: () throws -> Result) throws -> Result {
    guard hosts.count > 1, !isAside else { return try work() }
    return try withoutActuallyEscaping(work) { work in
      var result: Swift.Result<Result, any Error>?
      let task = Task { result = Swift.Result(catching: work) }
      isAside = true
      let answered = task.run { try self.answer() }
      isAside = false
      try answered.get()
      guard let result else { preconditionFailure("a thread ended before its work") }
      return try result.get()
    }
  }

  /// Work for one thread.
  private final class Task {
    private let work: () -> Void
    private let isDone = DispatchSemaphore(value: 0)
    private static let milliseconds = 10

    init(_ work: @escaping () -> Void) { self.work = work }

    /// Does the work, and `meanwhile` on this thread every few milliseconds until it fails.
    func run(_ meanwhile: () throws -> Void) -> Result<Void, any Error> {
      var thread = pthread_t()
      // A thread starts with the floating-point modes of the one that makes it.
      let code = pthread_create(
        &thread, nil,
        { context in
          guard let context else { return nil }
          let task = Unmanaged<Task>.fromOpaque(context).takeUnretainedValue()
          task.work()
          task.isDone.signal()
          return nil
        }, Unmanaged.passUnretained(self).toOpaque())
      guard code == 0 else {
        // Without a thread it is done all the same, unanswered.
        return .success(work())
      }
      var answered = Result<Void, any Error>.success(())
      while isDone.wait(timeout: .now() + .milliseconds(Self.milliseconds)) == .timedOut {
        if case .success = answered { answered = Result(catching: meanwhile) }
      }
      // Nothing of it may be left once `work` is no more.
      pthread_join(thread, nil)
      return answered
    }
  }
}
