/// The stack on which sums over lane blocks are formed in the order of their `BlockTree`. Whoever adds keeps
/// the sums, place by place; this tells which to add.
public struct TreeStack {
  /// Sums on it: the place of the next. Behind the last push these are the partial sums of a run or, of a
  /// whole batch, the total alone.
  public private(set) var count = 0

  /// An empty one.
  public init() {}

  /// Pushes the sum that lies at place `count`, then adds the topmost to the one below, `merges` times.
  @inline(__always)
  public mutating func push(
    merges: Int, add: (_ topmost: Int, _ below: Int) throws -> Void
  ) rethrows {
    count += 1
    for _ in 0..<merges {
      count -= 1
      try add(count, count - 1)
    }
  }

  /// Empties it.
  public mutating func clear() { count = 0 }
}
