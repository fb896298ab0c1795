import Machine
import Tensors

extension Forecast {
  /// What was measured on this machine.
  struct Measured {
    /// By blocks, with the unpruned network.
    var times = StepTimes()
    /// Blocks that were measured.
    var blocks: Set<Int> = []
    /// Step time over that of the unpruned network, by falling density.
    var shares: [(density: Double, share: Double)] = [(1, 1)]
    var sweeps = Calibration.Sweeps(evaluation: 0, observation: 0, pruning: 0)

    /// Step time over that of the unpruned network, between the densities that were measured.
    func share(_ density: Double) -> Double {
      guard let below = shares.firstIndex(where: { $0.density <= density }), below > 0 else {
        return density == 1 ? 1 : shares[shares.count - 1].share
      }
      let (upper, lower) = (shares[below - 1], shares[below])
      let place = (density - lower.density) / (upper.density - lower.density)
      return lower.share + place * (upper.share - lower.share)
    }
  }

  /// No step that is measured should take longer, in seconds, nor all of them a larger share of the
  /// machine's memory.
  private static let longestStep = 1.0
  private static let memoryShare = 0.5

  /// Measures on this machine, for some seconds.
  /// - Throws: what a step throws.
  func measure() throws -> Measured {
    var measured = Measured()
    let most = LaneBlocks.count(forImages: recipe.training.batch)
    // From few blocks to many; one block a rank tells about steps that are too long to try.
    var worlds = Array(rankCounts.reversed())
    if !isAffordable(worlds[0], measured) { worlds.insert(most, at: 0) }
    var reference = worlds[0]
    for ranks in worlds where ranks == worlds[0] || isAffordable(ranks, measured) {
      let step = try rehearsal.step(density: 1, ranks: ranks, beside: beside(ranks))
      measured.times.add(blocks: blocks(ranks), seconds: step)
      measured.blocks.insert(blocks(ranks))
      if ranks >= cluster.ranks { reference = ranks }
    }
    let dense = measured.times.seconds(blocks: blocks(reference))
    for density in densities {
      let step = try rehearsal.step(
        density: density, ranks: reference, beside: beside(reference))
      measured.shares.append((density, step / dense))
    }
    measured.sweeps = try rehearsal.sweeps(ranks: reference, beside: beside(reference))
    return measured
  }

  /// Whether a step of a job of `ranks` may be measured here, by what is known already.
  private func isAffordable(_ ranks: Int, _ measured: Measured) -> Bool {
    measured.times.seconds(blocks: blocks(ranks)) <= Self.longestStep
      && !measured.blocks.contains(blocks(ranks))
      && Double(beside(ranks) * memory(ranks: ranks).buffers)
        < Self.memoryShare * Double(ProcessMemory.ofMachine)
  }

  /// Ranks that compute at once on a machine, as far as this one has cores for them.
  private func beside(_ ranks: Int) -> Int {
    min(cluster.with(ranks: ranks).ranksPerNode, cluster.cores)
  }

  /// Densities at which steps are measured: down to the first that no iteration falls below.
  private var densities: [Double] {
    let last = density(ofIteration: recipe.pruning.iterations)
    let steps = [0.9, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01]
    return last == 1
      ? [] : Array(steps.prefix((steps.firstIndex { $0 <= last } ?? steps.count) + 1))
  }
}
