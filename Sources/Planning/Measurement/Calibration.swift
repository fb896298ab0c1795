import Communication
import Datasets
import Networks
import Pruning
import Recipes
import Runs
import Tensors
import Training

/// Measures what ranks of a run compute: as many as share a machine train side by side on synthetic
/// images, each with the blocks, buffers and segments it would have, but without a word from the
/// others.
struct Calibration: Sendable {
  let recipe: Recipe
  let architecture: Architecture
  let kernels: KernelSet
  private let images: ImageSet

  /// What else a run does, on the slowest of the ranks, for one lane block of each.
  struct Sweeps: Sendable {
    /// Of evaluation.
    var evaluation: Double
    /// Of what the criterion observes, over both halves of a pruning iteration.
    var observation: Double
    /// Scores, masks and the pruned network's replica, at the root, once a pruning iteration.
    var pruning: Double
  }

  /// A rehearsal of `recipe` on images of a data set of this size.
  init(_ recipe: Recipe, _ architecture: Architecture, _ size: DatasetSize, kernels: KernelSet) {
    self.recipe = recipe
    self.architecture = architecture
    self.kernels = kernels
    // More would only take longer to make.
    let count = min(recipe.training.batch, 1024)
    images = ImageSet.synthetic(
      count: count, shape: size.shape, classes: size.classes,
      normalisation: size.shape.channels == 3 ? .imageNet : nil)
  }

  /// Shortest time over which steps are counted.
  private static let time = 0.4
  private static let fewest = 3

  /// Seconds of a step on the slowest of the ranks 0, 1, … of `ranks`, `beside` of them at once, at
  /// `density`: the median of several.
  /// - Throws: what a step throws.
  func step(density: Double, ranks: Int, beside: Int) throws -> Double {
    let medians = try ConcurrentRanks.run(beside) { rank, line in
      let replica = replica(density, rank, ranks)
      let batch = batch()
      _ = try replica.step(batch, learningRate: 1e-3)
      line.wait()
      var times: [Double] = []
      let start = ContinuousClock.now
      while times.count < Self.fewest || start.elapsedSeconds < Self.time {
        times.append(try seconds { _ = try replica.step(batch, learningRate: 1e-3) })
      }
      return times.median
    }
    return medians.max() ?? 0
  }

  /// Evaluation and pruning of the unpruned network on the same ranks.
  /// - Throws: what a forward pass throws.
  func sweeps(ranks: Int, beside: Int) throws -> Sweeps {
    let sweeps = try ConcurrentRanks.run(beside) { rank, line in
      let replica = replica(1, rank, ranks)
      let subset = subset(recipe.training.batch)
      let blocks = Double(
        max(1, BlockShare(images: subset.count, rank: rank, worldSize: ranks).count))
      _ = try replica.evaluate(subset)
      line.wait()
      let evaluation = try (0..<Self.fewest).map { _ in
        try seconds { _ = try replica.evaluate(subset) }
      }.median
      line.wait()
      var (observation, pruning) = (0.0, 0.0)
      for half in recipe.pruningRule.halves(replica.network.layout) {
        var observed: Observations?
        observation += try seconds {
          observed = try replica.observe(subset, for: recipe.pruningRule, half)
        }
        guard rank == 0, let observed else { continue }
        pruning += seconds { prune(replica, half, observed, ranks) }
      }
      return Sweeps(
        evaluation: evaluation / blocks, observation: observation / blocks, pruning: pruning)
    }
    return Sweeps(
      evaluation: sweeps.map(\.evaluation).max() ?? 0,
      observation: sweeps.map(\.observation).max() ?? 0, pruning: sweeps[0].pruning)
  }

  /// The unpruned network, or one with random connectivity at `density`.
  func network(density: Double) -> Network {
    let network = Network.unpruned(
      Graph(architecture), seed: recipe.training.seed, kernels: kernels,
      engine: recipe.training.engine)
    return density == 1 ? network : network.compacted(to: .random(network.layout, density: density))
  }

  private func replica(_ density: Double, _ rank: Int, _ ranks: Int) -> Replica {
    Replica(network(density: density), recipe, DryRunRank(rank: rank, worldSize: ranks))
  }

  private func batch() -> Batch {
    subset(recipe.training.batch).batches(of: recipe.training.batch)[0]
  }

  private func subset(_ count: Int) -> Subset {
    Subset(
      images, order: (0..<count).map { $0 % images.count }, isAugmented: recipe.data.augment)
  }

  private func prune(
    _ replica: Replica, _ half: PruningRule.Half, _ observed: Observations, _ ranks: Int
  ) {
    let network = replica.network
    guard
      case .pruned(let mask) = recipe.pruningRule.decide(
        half, ScoredNetwork(network, observed, iteration: 1))
    else { return }
    _ = Replica(network.compacted(to: mask), recipe, DryRunRank(rank: 0, worldSize: ranks))
  }
}

/// How long `work` takes.
private func seconds(_ work: () throws -> Void) rethrows -> Double {
  let start = ContinuousClock.now
  try work()
  return start.elapsedSeconds
}
