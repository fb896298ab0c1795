import CMPI
import Tensors

/// A request of MPI that is made again and again.
final class MPITransfer: Transfer {
  private let communicator: MPICommunicator
  private let bytes: Int
  private let begin: (_ request: UnsafeMutablePointer<MPI_Request?>) throws -> Void
  private var request = relief_mpi_request_null()

  /// A transfer that sends `bytes` from this rank, and that `begin` starts.
  init(
    _ communicator: MPICommunicator, bytes: Int,
    begin: @escaping (_ request: UnsafeMutablePointer<MPI_Request?>) throws -> Void
  ) {
    (self.communicator, self.bytes, self.begin) = (communicator, bytes, begin)
  }

  func start() throws { try communicator.timed(sendingInAll: bytes) { try begin(&request) } }

  func test() throws -> Bool {
    try communicator.inspector.answer()
    return try communicator.timed { try isComplete(&request) }
  }

  func wait() throws {
    try communicator.timed { try communicator.inspector.wait(for: &request) }
  }
}

/// Counts and places of what goes to or comes from each rank, as MPI reads them until it is done.
struct Parts {
  let counts, starts: AlignedBuffer<Int32>

  /// The ranges of a buffer, one for each rank; nothing for the rank `own`.
  init(_ ranges: [Range<Int>], except own: Int?) {
    counts = AlignedBuffer(
      ranges.enumerated().map { $0.offset == own ? 0 : Int32($0.element.count) })
    starts = AlignedBuffer(ranges.map { Int32($0.lowerBound) })
  }

  /// So many of each rank, one rank after the other.
  init(_ counts: [Int32]) {
    var sum: Int32 = 0
    self.counts = AlignedBuffer(counts)
    self.starts = AlignedBuffer(
      counts.map { count in
        defer { sum += count }
        return sum
      })
  }

  /// Bytes of floats in all.
  var bytes: Int { counts.elements.reduce(0) { $0 + Int($1) } * MemoryLayout<Float>.stride }
}
