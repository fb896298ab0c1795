/// When what ran on one rank.
public final class Timeline {
  /// Something that took time.
  public struct Span: Codable, Sendable, Equatable {
    /// A layer, or a part of a step.
    public let name: String
    /// What was done: `forward`, `backward`, `weight gradient`, `communication` or `step`.
    public let category: String
    /// Seconds since the timeline began.
    public let start: Double
    /// How long it took.
    public let seconds: Double
  }

  /// What ended so far, in the order of its end.
  public private(set) var spans: [Span] = []
  private let begin = ContinuousClock.now

  /// A timeline that begins now.
  public init() {}

  fileprivate func measure<Result, Failure: Error>(
    _ name: String, _ category: String, _ work: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let start = ContinuousClock.now
    defer {
      spans.append(
        Span(
          name: name, category: category, start: (start - begin) / .seconds(1),
          seconds: (ContinuousClock.now - start) / .seconds(1)))
    }
    return try work()
  }
}

extension Timeline? {
  /// Does `work`, and notes when where there is a timeline.
  public func measure<Result, Failure: Error>(
    _ name: @autoclosure () -> String, _ category: String, _ work: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    guard let timeline = self else { return try work() }
    return try timeline.measure(name(), category, work)
  }
}
