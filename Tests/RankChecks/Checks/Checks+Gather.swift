extension Checks {
  /// Every rank has what each rank gave, however much that was.
  func gathers() {
    check("gather numbers") {
      // Rank r gives r numbers; the root gives none.
      func numbers(_ rank: Int) -> [Double] { (0..<rank).map { Double(100 * rank + $0) / 3 } }
      let all = try communicator.gather(numbers(rank))
      try expect(all, ranks.map(numbers), "numbers of rank")
    }
    check("gather bytes") {
      // The last rank gives nothing, the others ever less.
      func bytes(_ rank: Int) -> [UInt8] {
        (0..<1000 * (worldSize - 1 - rank)).map { UInt8(truncatingIfNeeded: $0 + rank) }
      }
      let all = try communicator.gather(bytes(rank))
      try expect(all, ranks.map(bytes), "bytes of rank")
    }
    check("gather nothing") {
      try expect(try communicator.gather([Double]()), ranks.map { _ in [] }, "numbers of rank")
      try expect(try communicator.gather([UInt8]()), ranks.map { _ in [] }, "bytes of rank")
    }
  }
}
