import Networks
import Tensors

/// Mean activities of a network's inputs and hidden units over a pruning set.
///
/// Because |w·x| = |w|·|x|, the sum over samples of |x| per input is all that the importance of a
/// connection needs from the data: it is what ranks add up.
public struct ActivityStatistics: Sendable, Equatable {
  /// For each group of connections, `a_i = mean_n |x_i(n)|` of each of its inputs.
  public let inputs: [[Double]]

  /// Statistics from the totals of `blockSums` over `samples` images.
  public init(totals: [Double], layout: ConnectionLayout, samples: Int) {
    precondition(
      totals.count == Self.width(layout), "\(totals.count) sums for \(Self.width(layout)) inputs")
    var rest = totals[...]
    self.inputs = layout.groups.map { group in
      defer { rest = rest.dropFirst(group.inputs) }
      return rest.prefix(group.inputs).map { $0 / Double(samples) }
    }
  }

  /// How many sums a block has.
  public static func width(_ layout: ConnectionLayout) -> Int {
    layout.groups.reduce(0) { $0 + $1.inputs }
  }

  /// Σ|x_i| over the images of `block` for the inputs of every group, after a forward pass of
  /// `workspace`.
  public static func blockSums(_ workspace: Workspace, block: Int, images: Int) -> [Double] {
    workspace.connectionInputs.flatMap {
      workspace.network.kernels.absoluteSums($0, block: block, images: images)
    }
  }
}
