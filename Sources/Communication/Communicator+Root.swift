extension Communicator {
  /// What the root's `make` returns, on every rank; the others do not call theirs. It is called aside.
  package func broadcast(fromRoot make: () throws -> [UInt8]) throws -> [UInt8] {
    try broadcast(isRoot ? inspector.aside(make) : [])
  }
}
