/// When what ran on one rank.
package final class Timeline {
  /// Something that took time.
  package struct Span: Codable, Sendable, Equatable {
    /// A layer, or a part of a step.
    package let name: String
    /// What was done: `forward`, `backward`, `weight gradient`, `communication` or `step`.
    package let category: String
    /// Seconds since the timeline began.
    package let start: Double
    /// How long it took.
    package let seconds: Double
  }

  /// What ended so far, in the order of its end.
  package private(set) var spans: [Span] = []
  private let begin = ContinuousClock.now

  /// A timeline that begins now.
  package init() {}

  fileprivate func measure<Result, Failure: Error>(
    _ name: String, _ category: String, _ work: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let start = ContinuousClock.now
    defer {
      spans.append(
        Span(
          name: name, category: category, start: (start - begin) / .seconds(1),
          seconds: start.elapsedSeconds))
    }
    return try work()
  }
}

extension Timeline? {
  /// Does `work`, and notes when where there is a timeline.
  package func measure<Result, Failure: Error>(
    _ name: @autoclosure () -> String, _ category: String, _ work: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let timeline = self else { return try work() }
    return try timeline.measure(name(), category, work)
  }
}
