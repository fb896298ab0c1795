import Foundation
import Tensors

/// One rank of a job whose other ranks are not there: it computes what it would compute among them, and
/// counts what it would send. What the others would send counts as 0, so numbers mean nothing; times and
/// bytes do.
public final class LoneRank: Communicator {
  /// See `Communicator`.
  public let rank: Int
  /// See `Communicator`.
  public let worldSize: Int
  /// What this rank would have sent to others.
  public private(set) var bytesSent = 0
  /// Times this rank would have brought its numbers or bytes to all others and waited for theirs.
  public private(set) var gathers = 0
  /// Times this rank would have brought its range of a buffer to all others.
  public private(set) var returns = 0
  /// See `Communicator`.
  public let requests = Requests(heard: { .none }) { Agreed(value: $0) }

  /// Rank `rank` of `worldSize`.
  public init(rank: Int, worldSize: Int) {
    precondition(rank >= 0 && rank < worldSize, "rank \(rank) of \(worldSize)")
    (self.rank, self.worldSize) = (rank, worldSize)
  }

  /// The bytes of this rank.
  public func broadcast(_ bytes: [UInt8]) -> [UInt8] {
    if isRoot { count(bytes.count + MemoryLayout<Int>.size) }
    return bytes
  }

  /// The numbers of this rank; others have none.
  public func gather(_ numbers: [Double]) -> [[Double]] {
    gathers += 1
    count(numbers.count * MemoryLayout<Double>.size + MemoryLayout<Int32>.size)
    return (0..<worldSize).map { $0 == rank ? numbers : [] }
  }

  /// The bytes of this rank; others have none.
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] {
    gathers += 1
    count(bytes.count + MemoryLayout<Int32>.size)
    return (0..<worldSize).map { $0 == rank ? bytes : [] }
  }

  /// The totals with zeros for the blocks of others.
  public func totals(of partials: [BlockPartials]) -> [[Double]] {
    _ = gather(partials.flatMap { $0.sums.flatMap { $0 } })
    return partials.map { partial in
      var (nodes, sums): ([BlockTree.Node], [[Double]]) = ([], [])
      for rank in 0..<worldSize {
        let run = BlockRun(images: partial.run.images, rank: rank, worldSize: worldSize)
        nodes += run.subtrees
        sums +=
          rank == self.rank
          ? partial.sums
          : run.subtrees.map { _ in [Double](repeating: 0, count: partial.width) }
      }
      return BlockPartials.total(
        of: sums, nodes: nodes, tree: partial.run.tree, width: partial.width)
    }
  }

  /// See `Communicator`.
  public func startAllToAll(
    from source: FloatBuffer, _ send: [Range<Int>], to target: FloatBuffer, _ receive: [Range<Int>]
  ) -> any PendingTransfer {
    let floats = send.enumerated().reduce(0) { $0 + ($1.offset == rank ? 0 : $1.element.count) }
    bytesSent += floats * MemoryLayout<Float>.stride
    return Complete()
  }

  /// See `Communicator`.
  public func startAllGather(
    _ buffer: FloatBuffer, _ ranges: [Range<Int>]
  ) -> any PendingTransfer {
    returns += 1
    count(ranges[rank].count * MemoryLayout<Float>.stride)
    return Complete()
  }

  /// See `Communicator`.
  public func abort(code: Int32) -> Never { exit(code) }
  /// See `Communicator`.
  public func finish() {}

  /// Counts `bytes` to each of the others.
  private func count(_ bytes: Int) { bytesSent += (worldSize - 1) * bytes }

  private struct Agreed: PendingAgreement {
    let value: Int32
    func wait() -> Int32 { value }
  }

  private struct Complete: PendingTransfer {
    func test() -> Bool { true }
    func wait() {}
  }
}
