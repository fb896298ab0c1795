import Storage

extension Replica {
  /// SHA-256 of the whole state in canonical order: mask, parameters, steps taken, optimizer state.
  /// - Throws: what gathering the state over ranks throws.
  package func stateHash() throws -> String {
    let hash = try SHA256Hash()
    try hash.update(network.mask.bytes)
    try network.parameters.elements.withUnsafeBytes(hash.update)
    try withUnsafeBytes(of: UInt64(optimizer.steps).littleEndian) { try hash.update($0) }
    try network.statistics.elements.withUnsafeBytes { try hash.update($0) }
    for state in optimizer.state {
      try exchange.gather(state: state).elements.withUnsafeBytes(hash.update)
    }
    return try hash.hexadecimal()
  }
}
