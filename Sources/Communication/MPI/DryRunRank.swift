import Foundation
import Tensors

/// One rank of a job whose other ranks are not there: it computes what it would compute among them,
/// and counts what it would send. What the others would send counts as 0, so numbers mean nothing;
/// times and bytes do.
package final class DryRunRank: Communicator {
  /// See `Communicator`.
  package let rank: Int
  /// See `Communicator`.
  package let worldSize: Int
  /// What this rank would have sent to others.
  package private(set) var bytesSent = 0
  /// 0: it waits for nobody.
  package let communicationSeconds = 0.0
  /// See `Communicator`.
  package let requests = Requests(heard: { .none }) { Agreed(value: $0) }
  /// See `Communicator`.
  package let inspector = StallInspector()

  /// Rank `rank` of `worldSize`.
  package init(rank: Int, worldSize: Int) {
    precondition(rank >= 0 && rank < worldSize, "rank \(rank) of \(worldSize)")
    (self.rank, self.worldSize) = (rank, worldSize)
  }

  /// The bytes of this rank.
  package func broadcast(_ bytes: [UInt8]) -> [UInt8] {
    if isRoot { count(bytes.count + MemoryLayout<Int>.size) }
    return bytes
  }

  /// The numbers of this rank; others have none.
  package func gather(_ numbers: [Double]) -> [[Double]] {
    count(numbers.count * MemoryLayout<Double>.size + MemoryLayout<Int32>.size)
    return (0..<worldSize).map { $0 == rank ? numbers : [] }
  }

  /// The bytes of this rank; others have none.
  package func gather(_ bytes: [UInt8]) -> [[UInt8]] {
    count(bytes.count + MemoryLayout<Int32>.size)
    return (0..<worldSize).map { $0 == rank ? bytes : [] }
  }

  /// The totals with zeros for the blocks of others.
  package func addUp(_ partials: inout BlockPartials) {
    let route = BlockSumRoute(partials.share.distribution, width: partials.width)
    bytesSent += route.bytes(from: rank)
    guard route.isGathered else {
      let (sums, width) = (partials.sums, partials.width)
      return partials.complete(
        withTotal: (0..<width).map { column in
          stride(from: column, to: sums.count, by: width).reduce(0) { $0 + sums[$1] }
        })
    }
    var (start, total) = (0, 0)
    for (rank, nodes) in partials.share.distribution.subtrees.enumerated() {
      if rank == self.rank { start = total }
      total += nodes.count * partials.width
    }
    var gathered = [Double](repeating: 0, count: total)
    gathered.replaceSubrange(start..<start + partials.sums.count, with: partials.sums)
    partials.complete(with: gathered)
  }

  /// See `Communicator`.
  package func allToAll(
    from source: FloatBuffer, _ send: [Range<Int>], to target: FloatBuffer, _ receive: [Range<Int>]
  ) -> any Transfer {
    let floats = send.enumerated().reduce(0) { $0 + ($1.offset == rank ? 0 : $1.element.count) }
    return Counted(self, bytes: floats * MemoryLayout<Float>.stride)
  }

  /// See `Communicator`.
  package func allGather(_ buffer: FloatBuffer, _ ranges: [Range<Int>]) -> any Transfer {
    Counted(self, bytes: (worldSize - 1) * ranges[rank].count * MemoryLayout<Float>.stride)
  }

  /// See `Communicator`.
  package func abort(code: Int32) -> Never { exit(code) }
  /// See `Communicator`.
  package func finish() {}

  /// Counts `bytes` to each of the others.
  private func count(_ bytes: Int) { bytesSent += (worldSize - 1) * bytes }

  private struct Agreed: PendingAgreement {
    let value: Int32
    func wait() -> Int32 { value }
  }

  private final class Counted: Transfer {
    private unowned let rank: DryRunRank
    private let bytes: Int

    init(_ rank: DryRunRank, bytes: Int) { (self.rank, self.bytes) = (rank, bytes) }

    func start() { rank.bytesSent += bytes }
    func test() -> Bool { true }
    func wait() {}
  }
}
