import Storage
import Tensors

extension Replica {
  /// SHA-256 of the whole state in canonical order: mask, parameters, steps taken, optimizer state.
  /// - Throws: what gathering the state over ranks throws.
  func stateHash() throws -> String {
    let hash = try SHA256Hash()
    try hash.update(network.mask.bytes)
    try hash.update(UnsafeRawBufferPointer(network.parameters.elements))
    try withUnsafeBytes(of: UInt64(optimizer.steps).littleEndian) { try hash.update($0) }
    for state in optimizer.state {
      let full = try exchange.gather(state: state)
      try hash.update(UnsafeRawBufferPointer(full.elements))
    }
    return try hash.hexadecimal()
  }
}
