import Communication
import Foundation
import Tensors
import Training

/// What ranks send each other in training, by the sizes of what is sent: gradients to the owners of
/// their segments, parameters back, and sums of each batch norm forward and backward.
package struct StepTraffic: Sendable, Equatable {
  /// Parameters that survive, by the transfers into which their gradients are cut.
  package var buckets: [Int]
  /// Channels of each batch norm whose moments ranks share; empty where each takes its own.
  package var channels: [Int]
  /// Whether ranks share the gradient's norm.
  package var clips: Bool

  /// The traffic of these sizes.
  package init(buckets: [Int], channels: [Int], clips: Bool = false) {
    (self.buckets, self.channels, self.clips) = (buckets, channels, clips)
  }

  /// Bytes that all ranks send in a step of a batch of `images`.
  ///
  /// A rank with s subtrees in its share sends s partial sums of all parameters but those it owns;
  /// it sends those back to all others, and for each batch norm, forward and backward, s times two
  /// numbers a channel. Where gradients are clipped, it sends a double a chunk of what it owns.
  package func bytes(images: Int, ranks: Int) -> Int {
    guard ranks > 1 else { return 0 }
    let others = ranks - 1
    let distribution = BlockShare(images: images, rank: 0, worldSize: ranks).distribution
    let parameters = buckets.reduce(0, +)
    return (0..<ranks).reduce(0) { sum, rank in
      let subtrees = distribution.subtrees[rank].count
      let segments = buckets.map { segment(of: $0, rank: rank, ranks: ranks) }
      let owned = segments.reduce(0, +)
      let norms = clips ? 8 * segments.reduce(0) { $0 + GradientClipping.chunks($1) } : 0
      let moments = channels.reduce(0) {
        $0 + 2 * BlockSumRoute(distribution, width: 2 * $1).bytes(from: rank)
      }
      return sum + 4 * (subtrees * (parameters - owned) + others * owned) + others * norms + moments
    }
  }

  private func segment(of bucket: Int, rank: Int, ranks: Int) -> Int {
    ParameterSegments.segment(
      of: bucket, rank: rank, worldSize: ranks, grain: clips ? GradientClipping.chunk : 1
    ).count
  }

  /// Bytes that all ranks send in an epoch over `images` images in batches of `batch`, with losses
  /// and correct answers at its end.
  package func bytes(epochOver images: Int, batch: Int, ranks: Int) -> Int {
    guard ranks > 1 else { return 0 }
    let (full, rest) = (images / batch, images % batch)
    func losses(_ images: Int, steps: Int) -> Int {
      let distribution = BlockShare(images: images, rank: 0, worldSize: ranks).distribution
      let route = BlockSumRoute(distribution, width: Tally.width * steps)
      return (0..<ranks).reduce(0) { $0 + route.bytes(from: $1) }
    }
    return full * bytes(images: batch, ranks: ranks) + losses(batch, steps: full)
      + (rest > 0 ? bytes(images: rest, ranks: ranks) + losses(rest, steps: 1) : 0)
  }

  /// Seconds a step of a batch of `images` spends on it. Nothing is hidden after computing.
  ///
  /// A bucket goes out in one all-to-all a subtree and comes back in an all-gather, in each of
  /// which a rank waits for one message and hands over the others; sums are gathered by ⌈log₂
  /// ranks⌉ messages one after the other.
  package func seconds(images: Int, on cluster: Cluster) -> Double {
    let ranks = cluster.ranks
    guard ranks > 1 else { return 0 }
    let rounds = BlockShare.mostSubtrees(images: images, worldSize: ranks)
    let transfer = cluster.latency + Double(ranks - 2) * Self.handover
    let hops = ceil(log2(Double(ranks)))
    return Double(buckets.count * (rounds + 1)) * transfer
      + Double(2 * channels.count + (clips ? 1 : 0)) * hops * cluster.latency
      + cluster.seconds(sending: Double(bytes(images: images, ranks: ranks)) / Double(ranks))
  }

  /// Seconds for a rank to hand over one of several messages that travel at once.
  private static let handover = 0.3e-6
}
