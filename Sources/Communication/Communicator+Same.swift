extension Communicator {
  /// Requires `value` to be the same on every rank.
  ///
  /// - Parameters:
  ///   - what: what it is of, for messages.
  ///   - remedy: what to do where it is not.
  /// - Throws: `ReplicaError` on every rank, with both values and who has them.
  package func requireSame(_ what: String, _ value: String, remedy: String) throws {
    let values = try gather(Array(value.utf8)).map { String(decoding: $0, as: UTF8.self) }
    guard let other = values.firstIndex(where: { $0 != values[0] }) else { return }
    throw ReplicaError(
      what: """
        \(what) is \(values[0]) on \(inspector.name(of: 0)) and \(values[other]) on \
        \(inspector.name(of: other)); \(remedy)
        """)
  }
}
