import Networks

/// Where the networks of a run go. Every rank has one; only the root's writes.
package protocol NetworkStore {
  /// Keeps the network of a pruning iteration; 0 is the unpruned one.
  /// - Throws: what writing throws.
  func store(_ network: Network, iteration: Int) throws
  /// Keeps the chosen network.
  /// - Throws: what writing throws.
  func storeFinal(_ network: Network, iteration: Int) throws
}

/// A store that keeps nothing, for the ranks that write no files.
package struct NoStore: NetworkStore {
  /// Keeps nothing.
  package init() {}
  /// See `NetworkStore`.
  package func store(_ network: Network, iteration: Int) {}
  /// See `NetworkStore`.
  package func storeFinal(_ network: Network, iteration: Int) {}
}
