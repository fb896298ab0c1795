import Networks
import Storage

/// Keeps the networks that their store could not take, and tries again with the next: a disk that
/// is full now need not be so for long.
///
/// What waits is compact. No checkpoint is taken as long as something waits, so that a run that
/// goes on from one has written all that came before.
final class PatientStore {
  private let store: any NetworkStore
  private var waiting: [(network: Network, iteration: Int)] = []

  /// As many unpruned networks' worth may wait: no more than an optimizer takes.
  private static let most = 4

  init(_ store: any NetworkStore) { self.store = store }

  /// Stores the network of an iteration after those that wait.
  /// - Returns: nil; what is in the way, where it has to wait.
  /// - Throws: `FileError` where too much waits; what else writing throws.
  func store(_ network: Network, iteration: Int) throws -> FileError? {
    waiting.append((network, iteration))
    do { try write() } catch let error as FileError {
      let parameters = waiting.reduce(0) { $0 + $1.network.parameters.count }
      guard parameters <= Self.most * network.layout.parameterCount else { throw error }
      return error
    }
    return nil
  }

  /// Stores what waits.
  /// - Throws: what writing throws; the rest goes on waiting.
  func write() throws {
    while let (network, iteration) = waiting.first {
      try store.store(network, iteration: iteration)
      waiting.removeFirst()
    }
  }

  /// Stores the chosen network, after those that wait.
  /// - Throws: what writing throws.
  func storeFinal(_ network: Network, iteration: Int) throws {
    try write()
    try store.storeFinal(network, iteration: iteration)
  }
}
