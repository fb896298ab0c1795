import Networks
import Tensors

/// Mean activities of a network over a pruning set.
///
/// Because |w·x| = |w|·|x|, the sum over samples of |x| per input (and position of its map) is all that
/// the importance of a connection needs from the data: it is what ranks add up.
package struct ActivityStatistics: Sendable {
  /// What is observed, and how many numbers of each there are, in the order of the network's layers.
  package struct Plan: Sendable, Equatable {
    let shapes: [(kind: Observation.Kind, shape: FeatureShape)]

    /// What `workspace` lets observe.
    package init(_ workspace: Workspace) {
      var shapes: [(Observation.Kind, FeatureShape)] = []
      workspace.observe { shapes.append(($0.kind, $0.shape)) }
      self.shapes = shapes
    }

    /// How many sums a block has.
    package var width: Int { shapes.reduce(0) { $0 + $1.shape.count } }

    /// Plans of the same observations.
    package static func == (first: Plan, second: Plan) -> Bool {
      first.shapes.elementsEqual(second.shapes) { $0 == $1 }
    }
  }

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
  }

  /// The activities by what was observed.
  package let activities: [Observation.Kind: Activity]

  /// Statistics from the totals of `blockSums` over `samples` images.
  package init(totals: [Double], plan: Plan, samples: Int) {
    precondition(totals.count == plan.width, "\(totals.count) sums for \(plan.width) activities")
    var rest = totals[...]
    var activities: [Observation.Kind: Activity] = [:]
    for (kind, shape) in plan.shapes {
      let means = rest.prefix(shape.count).map { $0 / Double(samples) }
      activities[kind] = Activity(shape: shape, means: means)
      rest = rest.dropFirst(shape.count)
    }
    self.activities = activities
  }

  /// Σ|x| over the images of `block` for everything observed, after a forward pass of `workspace`.
  package static func blockSums(_ workspace: Workspace, block: Int, images: Int) -> [Double] {
    var sums: [Double] = []
    workspace.observe {
      let (maps, block) = $0.activations(block)
      sums += workspace.network.kernels.absoluteSums(maps, block: block, images: images)
    }
    return sums
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
