import Networks

/// Where the networks of a run go. Every rank has one; only the root's writes.
public protocol NetworkStore {
  /// Keeps the network of a pruning iteration; 0 is the unpruned one.
  /// - Throws: what writing throws.
  func store(_ network: Network, iteration: Int) throws
  /// Keeps the chosen network.
  /// - Throws: what writing throws.
  func storeFinal(_ network: Network, iteration: Int) throws
}

/// A store that keeps nothing, for the ranks that write no files.
public struct NoStore: NetworkStore {
  /// Keeps nothing.
  public init() {}
  /// See `NetworkStore`.
  public func store(_ network: Network, iteration: Int) {}
  /// See `NetworkStore`.
  public func storeFinal(_ network: Network, iteration: Int) {}
}
