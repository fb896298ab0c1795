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
    var complete: Int32 = 0
    try communicator.timed {
      try check(MPI_Test(&request, &complete, relief_mpi_status_ignore()), call: "MPI_Test")
    }
    return complete != 0
  }

  func wait() throws {
    try communicator.timed {
      try check(MPI_Wait(&request, relief_mpi_status_ignore()), call: "MPI_Wait")
    }
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

  /// Bytes of floats in all.
  var bytes: Int { counts.elements.reduce(0) { $0 + Int($1) } * MemoryLayout<Float>.stride }
}
