import Communication
import Foundation
import Networks
import Outcomes
import Recipes
import Tensors

/// Times forward passes of a network, as evaluation runs them, on synthetic images.
package struct InferenceBench {
  /// What a bench came to: medians over its passes, each as long as its slowest rank.
  package struct Result: Codable, Sendable {
    /// The name recipes use.
    package var network: String
    /// Kept / total.
    package var density: Double
    /// Images of a pass over all ranks.
    package var batch: Int
    /// Ranks.
    package var worldSize: Int
    /// Batch / pass time.
    package var imagesPerSecond: Double
    /// A pass over a batch.
    package var batchSeconds: Double
    /// A pass over one image.
    package var latencySeconds: Double
    /// Of one image, of what is left after units that nothing reads or that say nothing have gone.
    package var multiplyAdds: Int
    /// Multiply-adds × 2 per second and core, over the core's measured multiply-add peak.
    package var peakFraction: Double
    /// Floating-point operations per second of one core, measured before the passes.
    package var peakPerCore: Double
    /// The kernels in use.
    package var kernelSet: String
  }

  private let network: Network
  private let name: String
  private let batch: Int
  private let passes: Int
  private let communicator: any Communicator

  /// A bench of `passes` passes of `network` with random connectivity at `density`.
  /// - Throws: `ConfigurationError` for an unknown network or values out of range.
  package init(
    network: String, density: Double, batch: Int, passes: Int, kernels: KernelSet,
    communicator: any Communicator
  ) throws {
    try Recipe.require(batch >= 1, "--batch", batch, "1 or more")
    try Recipe.require(passes >= 1, "--steps", passes, "1 or more")
    self.network = try Network.random(network, density: density, kernels: kernels, engine: .lane)
    (name, self.batch, self.passes) = (network, batch, passes)
    self.communicator = communicator
  }

  /// Measures.
  /// - Throws: what ranks throw; `StopRequested`.
  package func measure() throws -> Result {
    let graph = InferenceGraph(network)
    let workspace = InferenceWorkspace(
      graph, blocks: LaneBlocks.count(forImages: batch), kernels: network.kernels)
    workspace.input.fill()
    let peak = CorePeak.measure(network.kernels)
    let whole = try median(workspace, images: batch)
    let single = try median(workspace, images: 1)
    let operations = Double(2 * graph.multiplyAdds * batch)
    return Result(
      network: name, density: network.density, batch: batch, worldSize: communicator.worldSize,
      imagesPerSecond: Double(batch) / whole, batchSeconds: whole, latencySeconds: single,
      multiplyAdds: graph.multiplyAdds,
      peakFraction: operations / whole / Double(communicator.worldSize) / peak, peakPerCore: peak,
      kernelSet: network.kernels.name)
  }

  private func median(_ workspace: InferenceWorkspace, images: Int) throws -> Double {
    let share = BlockShare(
      images: images, rank: communicator.rank, worldSize: communicator.worldSize)
    var times: [Double] = []
    let warmUp = max(3, passes / 10)
    for pass in 0..<warmUp + passes {
      try communicator.requests.poll(after: 2 * workspace.graph.multiplyAdds * images)
      // Together they begin.
      _ = try communicator.gather([0.0])
      let start = ContinuousClock.now
      _ = workspace.forward(blocks: share.count)
      let slowest = try communicator.gather([start.elapsedSeconds]).map { $0[0] }.max() ?? 0
      if pass >= warmUp { times.append(slowest) }
    }
    return times.median
  }
}

extension LaneBlocks {
  /// Puts numbers in [0, 1) everywhere.
  fileprivate func fill() {
    let random = CounterRandom(seed: 0, purpose: .synthetic)
    var index = 0
    for block in 0..<capacity {
      for channel in 0..<shape.channels {
        for row in 0..<shape.height {
          for column in 0..<shape.width {
            for lane in 0..<Self.lanes {
              self[block, channel, row, column, lane] = Float(random.uniform(index))
              index += 1
            }
          }
        }
      }
    }
  }
}
