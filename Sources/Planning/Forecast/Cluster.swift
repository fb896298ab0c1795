import Machine
import Outcomes
import Recipes

/// The machines a job is planned for, and how its ranks are distributed to them.
package struct Cluster: Sendable, Equatable {
  /// Ranks of the job.
  package let ranks: Int
  /// Ranks that share a machine; those of the last may be fewer.
  package let ranksPerNode: Int
  /// Between machines; nil where all ranks share this one.
  package let interconnect: Link?
  /// Cores of this machine.
  package let cores: Int

  /// A job of `ranks` ranks. Without an `interconnect` they all run on this machine; with one, each
  /// has a core of its own, `ranksPerNode` (or as many as this machine has cores) a machine.
  /// - Throws: `ConfigurationError` for numbers below 1.
  package init(
    ranks: Int, ranksPerNode: Int? = nil, interconnect: Link? = nil,
    cores: Int = UsableCores().count
  ) throws {
    try Recipe.require(ranks >= 1, "--ranks", ranks, "1 or more")
    if let ranksPerNode {
      try Recipe.require(ranksPerNode >= 1, "--ranks-per-node", ranksPerNode, "1 or more")
      guard interconnect != nil else {
        throw ConfigurationError(
          place: "--ranks-per-node", reason: "needs --latency and --bandwidth of the network")
      }
    }
    self.ranks = ranks
    self.ranksPerNode = interconnect == nil ? ranks : min(ranks, ranksPerNode ?? cores)
    self.interconnect = interconnect
    self.cores = cores
  }

  private init(_ cluster: Cluster, ranks: Int) {
    self.ranks = ranks
    ranksPerNode = min(ranks, cluster.interconnect == nil ? ranks : cluster.ranksPerNode)
    interconnect = cluster.interconnect
    cores = cluster.cores
  }

  /// A job of another number of ranks on the same machines.
  package func with(ranks: Int) -> Cluster { Cluster(self, ranks: ranks) }

  /// Machines the ranks fill, the last perhaps in part.
  package var nodes: Int { (ranks + ranksPerNode - 1) / ranksPerNode }

  /// Ranks that take turns on a core.
  package var ranksPerCore: Double {
    interconnect == nil ? max(1, Double(ranks) / Double(cores)) : 1
  }

  /// What a message waits for: the network's latency where there is a network between ranks; on a
  /// machine with more ranks than cores, the turns of the others.
  package var latency: Double {
    if nodes > 1, let interconnect { return interconnect.latency }
    return Link.sharedMemory.latency + (ranksPerCore - 1) * Self.turn
  }

  /// Seconds until ranks that share a core have each had a turn at looking for a message.
  private static let turn = 40e-6

  /// Seconds for each rank to send `bytes`, spread evenly over all others. Those of a machine share
  /// its network.
  package func seconds(sending bytes: Double) -> Double {
    guard ranks > 1 else { return 0 }
    let near = Double(ranksPerNode - 1) / Double(ranks - 1)
    let copied = bytes * near / Link.sharedMemory.bandwidth * ranksPerCore
    guard nodes > 1, let interconnect else { return copied }
    return copied + bytes * (1 - near) * Double(ranksPerNode) / interconnect.bandwidth
  }
}
