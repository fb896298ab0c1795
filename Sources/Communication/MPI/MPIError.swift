import CMPI

/// A call of MPI that did not succeed.
package struct MPIError: Error, CustomStringConvertible {
  /// The function called.
  package let call: String
  /// What it returned.
  package let code: Int32

  /// Call, code and MPI's own words.
  package var description: String {
    var text = [CChar](repeating: 0, count: Int(MPI_MAX_ERROR_STRING))
    var length: Int32 = 0
    let known = MPI_Error_string(code, &text, &length) == MPI_SUCCESS
    let words =
      known
      ? String(decoding: text.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      : "?"
    return "\(call) returned \(code): \(words)"
  }
}

func check(_ code: Int32, call: String) throws {
  guard code == MPI_SUCCESS else { throw MPIError(call: call, code: code) }
}
