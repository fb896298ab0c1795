import Networks
import Tensors

/// Mean activities of a network over a pruning set.
///
/// Because |w·x| = |w|·|x|, the sum over samples of |x| per input (and position of its map) is all
/// that the importance of a connection needs from the data: it is what ranks add up.
package struct ActivityStatistics: Sendable {
  /// `mean_n |x(n)|` of each channel at each position of its map.
  package struct Activity: Sendable, Equatable {
    /// Shape of the map.
    package let shape: FeatureShape
    /// `[channel][row][column]`.
    package let means: [Double]

    /// The means of one channel.
    package func channel(_ channel: Int) -> ArraySlice<Double> {
      let area = shape.height * shape.width
      return means[channel * area..<(channel + 1) * area]
    }

    /// The mean of each of `channels` equal parts of the means: of a channel, or of what a
    /// flattened map has of it.
    func perChannel(_ channels: Int) -> [Double] {
      let span = means.count / channels
      return (0..<channels).map {
        means[$0 * span..<($0 + 1) * span].reduce(0, +) / Double(span)
      }
    }
  }

  /// The activities by what was observed.
  package let activities: [Observation.Kind: Activity]

  /// Statistics from the totals of `blockSums` of `graph` over `samples` images.
  package init(totals: [Double], of graph: Graph, samples: Int) {
    precondition(
      totals.count == graph.observedCount,
      "\(totals.count) sums for \(graph.observedCount) activities")
    var rest = totals[...]
    var activities: [Observation.Kind: Activity] = [:]
    for observation in graph.observations {
      let shape = observation.shape
      let means = rest.prefix(shape.count).map { $0 / Double(samples) }
      activities[observation.kind] = Activity(shape: shape, means: means)
      rest = rest.dropFirst(shape.count)
    }
    self.activities = activities
  }

  /// Σ|x| over the images of `block` for everything observed, after a forward pass of `workspace`.
  package static func blockSums(_ workspace: Workspace, block: Int, images: Int) -> [Double] {
    workspace.network.graph.observations.flatMap { observation in
      let (maps, block) = workspace.observed(observation.kind, block: block)
      return workspace.network.kernels.absoluteSums(maps, block: block, images: images)
    }
  }

  /// The activities of the inputs of a group of connections.
  package func inputs(of group: Int) -> Activity { activity(.inputs(group: group)) }

  func activity(_ kind: Observation.Kind) -> Activity {
    guard let activity = activities[kind] else {
      preconditionFailure("\(kind) was not observed")
    }
    return activity
  }
}
