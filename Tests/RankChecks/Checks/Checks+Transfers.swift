import Tensors

extension Checks {
  /// Ranges of floats between all ranks.
  func transfers() {
    check("all to all") { try allToAll(lengths: { _, _ in 1 }) }
    check("all to all of uneven ranges") { try allToAll(lengths: { ($0 + 2 * $1) % 4 * 1000 }) }
    check("all gather in place") { try allGather(lengths: ranks.map { 3 + 5 * $0 }) }
    check("all gather with empty ranges") {
      try allGather(lengths: ranks.map { $0.isMultiple(of: 2) ? 0 : 20_000 })
    }
    check("transfers that overlap") {
      let count = worldSize * 1000
      let buffers = (0..<3).map { _ in FloatBuffer(count: count) }
      let ranges = ranks.map { 1000 * $0..<1000 * ($0 + 1) }
      let transfers = try buffers.enumerated().map { index, buffer in
        for element in ranges[rank] { buffer[element] = Float(element + index) }
        let transfer = communicator.allGather(buffer, ranges)
        try transfer.start()
        return transfer
      }
      for transfer in transfers.reversed() { while try !transfer.test() {} }
      for (index, buffer) in buffers.enumerated() {
        let expected = (0..<count).map { Float($0 + index) }
        try expect(Array(buffer.elements), expected, "buffer \(index)")
      }
    }
  }

  /// A transfer is made again and again.
  private static let times = 3

  /// Rank r sends `lengths(r, s)` times the value 1000·r + s to s, and nothing to itself.
  private func allToAll(lengths: (_ from: Int, _ to: Int) -> Int) throws {
    let send = consecutive(ranks.map { lengths(rank, $0) })
    let receive = consecutive(ranks.map { lengths($0, rank) })
    let source = FloatBuffer(count: send.last?.upperBound ?? 0)
    let target = FloatBuffer(count: receive.last?.upperBound ?? 0)
    for (to, range) in send.enumerated() {
      for index in range { source[index] = Float(1000 * rank + to) }
    }
    for index in 0..<target.count { target[index] = -1 }
    let bytes = communicator.bytesSent
    let transfer = communicator.allToAll(from: source, send, to: target, receive)
    for _ in 0..<Self.times {
      try transfer.start()
      try transfer.wait()
    }

    let expected = ranks.flatMap { from in
      [Float](
        repeating: from == rank ? -1 : Float(1000 * from + rank), count: receive[from].count)
    }
    try expect(Array(target.elements), expected, "received")
    let sent = 4 * Self.times * ranks.reduce(0) { $0 + ($1 == rank ? 0 : send[$1].count) }
    try expect(communicator.bytesSent - bytes, sent, "bytes sent")
  }

  /// Rank r has `lengths[r]` numbers in their place in the whole.
  private func allGather(lengths: [Int]) throws {
    let ranges = consecutive(lengths)
    let count = ranges.last?.upperBound ?? 0
    let buffer = FloatBuffer(count: count)
    for index in 0..<count { buffer[index] = ranges[rank].contains(index) ? Float(index) : -1 }
    let bytes = communicator.bytesSent
    let transfer = communicator.allGather(buffer, ranges)
    for _ in 0..<Self.times {
      try transfer.start()
      try transfer.wait()
    }
    try expect(Array(buffer.elements), (0..<count).map(Float.init), "gathered")
    try expect(
      communicator.bytesSent - bytes, 4 * Self.times * (worldSize - 1) * lengths[rank],
      "bytes sent")
  }

  /// Ranges of these lengths, one after the other.
  private func consecutive(_ lengths: [Int]) -> [Range<Int>] {
    var end = 0
    return lengths.map { length in
      defer { end += length }
      return end..<end + length
    }
  }
}
