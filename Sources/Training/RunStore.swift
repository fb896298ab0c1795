import Networks

/// Where the networks and checkpoints of a run go. Every rank has one; only the root's writes.
public protocol RunStore {
  /// Keeps the network of a pruning iteration; 0 is the unpruned one.
  /// - Throws: what writing throws.
  func store(_ network: Network, iteration: Int) throws
  /// Keeps the chosen network.
  /// - Throws: what writing throws.
  func storeFinal(_ network: Network, iteration: Int) throws
  /// Keeps a checkpoint.
  /// - Throws: what writing throws.
  func store(_ checkpoint: Checkpoint) throws
}

/// A store that keeps nothing, for the ranks that write no files.
public struct NoStore: RunStore {
  /// Keeps nothing.
  public init() {}
  /// See `RunStore`.
  public func store(_ network: Network, iteration: Int) {}
  /// See `RunStore`.
  public func storeFinal(_ network: Network, iteration: Int) {}
  /// See `RunStore`.
  public func store(_ checkpoint: Checkpoint) {}
}
