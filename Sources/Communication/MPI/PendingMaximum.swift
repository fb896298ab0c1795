import CMPI
import Tensors

/// A maximum over ranks on its way, with the memory that MPI uses until it is complete.
final class PendingMaximum: PendingAgreement {
  private var request = relief_mpi_request_null()
  private let inspector: StallInspector
  private let own, largest: AlignedBuffer<Int32>

  init(_ value: Int32, over communicator: MPI_Comm?, _ inspector: StallInspector) throws {
    self.inspector = inspector
    (own, largest) = (AlignedBuffer([value]), AlignedBuffer(count: 1))
    try check(
      MPI_Iallreduce(
        own.base, largest.base, 1, relief_mpi_int32(), relief_mpi_max(), communicator, &request),
      call: "MPI_Iallreduce")
  }

  func wait() throws -> Int32 {
    try inspector.wait(for: &request)
    return largest[0]
  }
}
