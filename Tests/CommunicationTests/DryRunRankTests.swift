import Communication
import Tensors
import Testing

@Suite struct LoneRankTests {
  /// To each of 3 others: 2 doubles with their count, then, as often as they start, 5 floats, and 7
  /// and 1 floats to two of them.
  @Test func countsWhatItWouldSend() throws {
    let rank = DryRunRank(rank: 1, worldSize: 4)
    _ = rank.gather([1.0, 2.0])
    #expect(rank.bytesSent == 3 * (16 + 4))
    let buffer = FloatBuffer(count: 20)
    let gather = rank.allGather(buffer, [0..<5, 5..<10, 10..<15, 15..<20])
    let exchange = rank.allToAll(
      from: buffer, [0..<7, 7..<10, 10..<11, 11..<11], to: buffer, [0..<0, 0..<0, 0..<0, 0..<0])
    #expect(rank.bytesSent == 60)
    for time in 1...2 {
      try gather.start()
      try exchange.start()
      #expect(rank.bytesSent == 60 + time * (3 * 20 + 4 * (7 + 1)))
      #expect(try gather.test() && exchange.test())
    }
  }

  @Test("totals are those of its own blocks", arguments: 0..<3)
  func totals(rank: Int) {
    let share = BlockShare(images: 5 * LaneBlocks.lanes, rank: rank, worldSize: 3)
    var sums = BlockPartials(share: share, width: 1)
    for block in share.range { sums.append([Double(1 << block)]) }
    DryRunRank(rank: rank, worldSize: 3).addUp(&sums)
    #expect(sums.total == [share.range.reduce(0) { $0 + Double(1 << $1) }])
  }

  @Test func othersSayNothing() {
    let rank = DryRunRank(rank: 2, worldSize: 3)
    #expect(rank.gather([7.0]) == [[], [], [7]])
    #expect(rank.gather([UInt8](repeating: 9, count: 1)) == [[], [], [9]])
  }
}
