import Foundation

extension Forecast {
  /// What the numbers rest on.
  var assumptions: [String] {
    [images, machines, messages, pruning]
      + (recipe.training.engine == .openblas
        ? ["memory of OpenBLAS's full matrices: not counted"] : [])
      + ["reading the data, files of networks, and checkpoints (2 % at most): not counted"]
  }

  private var images: String {
    switch size.source {
    case .files: "images: counted in their files"
    case .known: "images: as many as \(size.name) is known to have; its files are not here"
    }
  }

  private var machines: String {
    if cluster.interconnect != nil {
      return
        "a core for each rank, as fast as those of this machine, \(cluster.ranksPerNode) a machine"
    }
    if cluster.ranks > cluster.cores {
      return
        "all ranks on the \(cluster.cores) cores of this machine, taking turns: it may well take longer"
    }
    return cluster.ranks == recipe.mostRanks && cluster.ranks < cluster.cores
      ? """
      all ranks on this machine, a core each; \(cluster.cores - cluster.ranks) of its \
      \(cluster.cores) cores have no lane block of the batch to work on
      """
      : "all ranks on this machine, a core each"
  }

  private var messages: String {
    let near = Self.words(Link.sharedMemory)
    guard let network = cluster.interconnect else {
      return "messages through shared memory, \(near) a rank; nothing hidden behind computing"
    }
    return """
      messages between machines \(Self.words(network)) a machine, within one \(near) a rank; nothing \
      hidden after computing
      """
  }

  private var pruning: String {
    String(
      format: "each pruning iteration keeps %.0f %% of what was left (--density-per-iteration)",
      100 * densityPerIteration)
  }

  private static func words(_ link: Link) -> String {
    String(format: "%g µs and %g Gb/s", link.latency * 1e6, link.bandwidth * 8 / 1e9)
  }
}
