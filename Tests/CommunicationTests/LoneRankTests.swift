import Communication
import Tensors
import Testing

@Suite struct LoneRankTests {
  /// To each of 3 others: 2 doubles with their count, then 5 floats; to two of them 7 and 1 floats.
  @Test func countsWhatItWouldSend() {
    let rank = LoneRank(rank: 1, worldSize: 4)
    _ = rank.gather([1.0, 2.0])
    #expect(rank.bytesSent == 3 * (16 + 4))
    let buffer = FloatBuffer(count: 20)
    _ = rank.startAllGather(buffer, [0..<5, 5..<10, 10..<15, 15..<20])
    #expect(rank.bytesSent == 60 + 3 * 20)
    _ = rank.startAllToAll(
      from: buffer, [0..<7, 7..<10, 10..<11, 11..<11], to: buffer, [0..<0, 0..<0, 0..<0, 0..<0])
    #expect(rank.bytesSent == 120 + 4 * (7 + 1))
    #expect(rank.gathers == 1)
    #expect(rank.returns == 1)
  }

  @Test("totals are those of its own blocks", arguments: 0..<3)
  func totals(rank: Int) {
    let run = BlockRun(images: 5 * LaneBlocks.lanes, rank: rank, worldSize: 3)
    let rows = run.range.map { [Double(1 << $0)] }
    let alone = LoneRank(rank: rank, worldSize: 3)
    let totals = alone.totals(of: [BlockPartials(run: run, width: 1, rows: rows)])
    #expect(totals == [[rows.reduce(0) { $0 + $1[0] }]])
  }

  @Test func othersSayNothing() {
    let rank = LoneRank(rank: 2, worldSize: 3)
    #expect(rank.gather([7.0]) == [[], [], [7]])
    #expect(rank.gather([UInt8](repeating: 9, count: 1)) == [[], [], [9]])
  }
}
