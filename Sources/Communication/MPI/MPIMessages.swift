import CMPI
import Tensors

/// The inspection's messages over a communicator of their own.
final class MPIMessages: InspectionMessages {
  private let communicator: MPI_Comm?
  /// What is on its way, with the memory it lies in.
  private var sends: [(request: MPI_Request?, bytes: AlignedBuffer<UInt8>)] = []

  init(over communicator: MPI_Comm?) { self.communicator = communicator }

  func send(_ bytes: [UInt8], to rank: Int) throws {
    try forgetSent()
    let buffer = AlignedBuffer(bytes)
    var request = relief_mpi_request_null()
    try check(
      MPI_Isend(
        buffer.base, Int32(bytes.count), relief_mpi_byte(), Int32(rank), 0, communicator, &request),
      call: "MPI_Isend")
    sends.append((request, buffer))
  }

  func receive() throws -> (bytes: [UInt8], rank: Int)? {
    var isThere: Int32 = 0
    var status = MPI_Status()
    try check(
      MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, communicator, &isThere, &status), call: "MPI_Iprobe")
    guard isThere != 0 else { return nil }
    var count: Int32 = 0
    try check(MPI_Get_count(&status, relief_mpi_byte(), &count), call: "MPI_Get_count")
    var bytes = [UInt8](repeating: 0, count: Int(count))
    // It has arrived: nothing is waited for.
    try check(
      MPI_Recv(
        &bytes, count, relief_mpi_byte(), status.MPI_SOURCE, status.MPI_TAG, communicator,
        relief_mpi_status_ignore()), call: "MPI_Recv")
    return (bytes, Int(status.MPI_SOURCE))
  }

  private func forgetSent() throws {
    sends = try sends.filter { send in
      var (request, complete) = (send.request, Int32(0))
      try check(MPI_Test(&request, &complete, relief_mpi_status_ignore()), call: "MPI_Test")
      return complete == 0
    }
  }
}
