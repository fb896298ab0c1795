import Communication
import Tensors
import Testing

/// A job of one rank: the same protocol without MPI.
struct SingleProcessTests {
  private let communicator = SingleProcess()

  @Test func isTheOnlyRank() {
    #expect(communicator.rank == 0)
    #expect(communicator.worldSize == 1)
    #expect(communicator.isRoot)
  }

  @Test func hasWhatItGives() {
    #expect(communicator.broadcast([1, 2, 3]) == [1, 2, 3])
    #expect(communicator.broadcast([]) == [])
    #expect(communicator.gather([1.5, -2]) == [[1.5, -2]])
    #expect(communicator.gather([UInt8]()) == [[]])
  }

  @Test func transfersAreCompleteAtOnceAndTouchNothing() throws {
    let buffer = FloatBuffer([1, 2, 3])
    let target = FloatBuffer([4, 5, 6])
    let transfers = [
      communicator.allToAll(from: buffer, [0..<3], to: target, [0..<3]),
      communicator.allGather(buffer, [0..<3]),
    ]
    for transfer in transfers {
      try transfer.start()
      #expect(try transfer.test())
      try transfer.wait()
    }
    #expect(Array(buffer.elements) == [1, 2, 3])
    #expect(Array(target.elements) == [4, 5, 6])
    #expect(communicator.bytesSent == 0)
  }

  /// ((1 + ε) + (ε + ε)) + … in tree order: pairs of ε survive where a running sum would lose them.
  @Test func totalsAreFormedInTreeOrder() {
    let small = 0x1p-53
    let total = total([1.0, small, small, small].map { [$0] }, images: 64)
    #expect(total == [(1 + small) + (small + small)])
    #expect(total != [((1 + small) + small) + small])
  }

  /// Blocks 0 to 4: the fifth joins the sum of the first four.
  @Test func aMissingRightChildPassesTheLeftOneOn() {
    #expect(total((0..<5).map { [Double($0), 1] }, images: 70) == [10, 5])
  }

  @Test func theTotalOfNoBlocksIsZero() { #expect(total([], images: 0) == [0, 0]) }

  private func total(_ rows: [[Double]], images: Int) -> [Double] {
    var partials = BlockPartials(
      share: BlockShare(images: images, rank: 0, worldSize: 1), width: rows.first?.count ?? 2)
    for row in rows { partials.append(row) }
    communicator.addUp(&partials)
    return partials.total
  }

  private struct Failure: Error, CustomStringConvertible { let description = "no" }

  @Test func agreesWithItself() throws {
    #expect(try communicator.agree { 5 } == 5)
    let failure = try #require(throws: AgreedFailure.self) {
      try communicator.agree { throw Failure() }
    }
    #expect(failure.rank == 0)
    #expect(failure.code == 70)
    #expect(failure.message == "no" && failure.cause is Failure)
  }
}
