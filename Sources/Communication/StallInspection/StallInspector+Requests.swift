import CMPI

extension StallInspector {
  /// Returns once `request` is complete.
  /// - Throws: `StallError`, `MPIError`.
  func wait(for request: inout MPI_Request?) throws {
    try wait { try isComplete(&request) }
  }
}

/// Lets `request` progress; true once it is complete.
func isComplete(_ request: inout MPI_Request?) throws -> Bool {
  var complete: Int32 = 0
  try check(MPI_Test(&request, &complete, relief_mpi_status_ignore()), call: "MPI_Test")
  return complete != 0
}
