extension Checks {
  /// Every rank has what the root has.
  func broadcasts() {
    check("broadcast") {
      for count in [1, 13, 4096, 1 << 20] {
        let expected = (0..<count).map { UInt8(truncatingIfNeeded: 31 * $0 + ($0 >> 8) + 7) }
        let own = communicator.isRoot ? expected : [UInt8](repeating: 255, count: rank)
        try expect(try communicator.broadcast(own), expected, "\(count) bytes")
      }
    }
    check("broadcast of nothing") {
      let own = communicator.isRoot ? [] : [UInt8](repeating: 255, count: rank)
      try expect(try communicator.broadcast(own), [], "bytes")
    }
    check("broadcast made at the root") {
      let bytes = try communicator.broadcast(fromRoot: {
        try expect(rank, 0, "the rank that makes the bytes")
        return [1, 2, 3]
      })
      try expect(bytes, [1, 2, 3], "bytes")
    }
  }
}
