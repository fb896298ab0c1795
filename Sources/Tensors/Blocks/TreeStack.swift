/// The stack on which sums over lane blocks are formed in the order of their `BlockTree`. Whoever
/// adds keeps the sums, place by place; this tells which to add.
package struct TreeStack {
  /// Sums on it: the place of the next. After the last push these are the partial sums of a run
  /// or, of a whole batch, the total alone.
  package private(set) var count = 0

  /// An empty one.
  package init() {}

  /// Pushes the sum that lies at place `count`, then adds the topmost to the one below, `merges`
  /// times.
  @inline(__always)
  package mutating func push(
    merges: Int, add: (_ topmost: Int, _ below: Int) throws -> Void
  ) rethrows {
    count += 1
    for _ in 0..<merges {
      count -= 1
      try add(count, count - 1)
    }
  }

  /// Empties it.
  package mutating func clear() { count = 0 }
}
