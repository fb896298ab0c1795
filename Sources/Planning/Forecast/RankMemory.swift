import Communication
import Datasets
import Networks
import Recipes
import Tensors

/// What a rank of a run takes of its machine's memory, in bytes: the rank with the most blocks,
/// with the unpruned network.
package struct RankMemory: Sendable, Equatable, Codable {
  /// Parameters, their initial values where pruning rewinds, the best epoch's copy.
  package var parameters: Int
  /// Weight gradients, this rank's and those it receives.
  package var gradients: Int
  /// The optimizer's state of the parameters this rank owns.
  package var optimizer: Int
  /// Activations and their gradients, and what products work in.
  package var maps: Int
  /// Lists of connections and their mask.
  package var lists: Int
  /// What the criterion observes, and the pruned network, made before the one it replaces goes.
  package var pruning: Int
  /// The images; those that ranks of a machine share are counted at each.
  package var images: Int
  /// The program, its libraries, MPI, what stays of reading the images.
  package var process: Int
  /// All of it.
  package var total: Int

  /// That of rank 0 of `ranks`, which is one with the most blocks.
  init(_ recipe: Recipe, _ network: Network, _ size: DatasetSize, ranks: Int) {
    let batch = recipe.training.batch
    let share = BlockShare(images: batch, rank: 0, worldSize: ranks)
    let partials = BlockShare.mostSubtrees(images: batch, worldSize: ranks)
    let workspace = WorkspaceMemory(network, blocks: share.count, partials: partials)
    let buffer = network.parameters.count * MemoryLayout<Float>.stride
    let copies =
      1 + (recipe.pruning.rewind ? 1 : 0) + (recipe.data.validation > 0 ? 1 : 0)
    let received = ranks > 1 ? partials * buffer : 0
    parameters = copies * buffer
    gradients = workspace.gradients + received
    optimizer = recipe.training.optimizer.stateNames.count * buffer / ranks
    maps = workspace.maps + workspace.scratch
    lists = workspace.lists + network.mask.count / 8
    pruning =
      recipe.pruning.iterations > 0
      ? buffer + network.mask.count / 8
        + Self.observations(recipe, network, size, ranks: ranks) : 0
    images = size.bytes
    process = Self.program
    total = parameters + gradients + optimizer + maps + lists + pruning + images + process
  }

  /// What steps take that grows and shrinks with the network, the batch and the ranks.
  var buffers: Int { total - pruning - images - process }

  /// Sums of activities; and of sensitivities, beside the activities.
  private static func observations(
    _ recipe: Recipe, _ network: Network, _ size: DatasetSize, ranks: Int
  ) -> Int {
    let samples = min(recipe.pruning.samples, size.training)
    let share = BlockShare(images: samples, rank: 0, worldSize: ranks)
    let activities = sums(share, width: network.graph.observedCount)
    guard recipe.pruningRule.criterion.observesSensitivities else { return activities }
    let kept = network.graph.observedCount * MemoryLayout<Double>.stride
    return max(activities, kept + sums(share, width: network.mask.keptCount))
  }

  /// Sums of `width` numbers: those under way, a block's, and what travels, or the total twice.
  private static func sums(_ share: BlockShare, width: Int) -> Int {
    let travelling = BlockSumRoute(share.distribution, width: width).memory(of: 0)
    return (share.mostSums + 1) * width * MemoryLayout<Double>.stride
      + max(travelling, 2 * width * MemoryLayout<Double>.stride)
  }

  /// What ranks were measured to take beside all this: the program with its libraries and MPI, and
  /// what stays of reading the images.
  private static let program = 58_000_000
}
