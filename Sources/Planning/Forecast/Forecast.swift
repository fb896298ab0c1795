import Datasets
import Networks
import Recipes
import Tensors

/// Predicts what a run costs from a short measurement on this machine, without MPI and without
/// data.
///
/// Bytes and memory follow from sizes alone. Computing is measured: the ranks that share a machine
/// train side by side for a moment, with the blocks they would have (`Calibration`). Communication
/// follows from bytes and messages (`StepTraffic`) and the links between ranks (`Cluster`).
package struct Forecast {
  let recipe: Recipe
  let size: DatasetSize
  let cluster: Cluster
  let densityPerIteration: Double
  let training, validation: Int
  let rehearsal: Calibration
  let unpruned: Network

  /// A plan of `recipe` on a data set of this size.
  ///
  /// - Parameter densityPerIteration: the share of connections each pruning iteration is taken to
  ///   keep.
  /// - Throws: `ConfigurationError` where recipe, data and ranks do not fit together.
  package init(
    _ recipe: Recipe, _ size: DatasetSize, on cluster: Cluster, densityPerIteration: Double = 0.8,
    kernels: KernelSet
  ) throws {
    try Recipe.require(
      densityPerIteration > 0 && densityPerIteration <= 1, "--density-per-iteration",
      densityPerIteration, "in (0, 1]")
    try recipe.requireBlocks(worldSize: cluster.ranks)
    try recipe.requireFit(size.name, shape: size.shape, classes: size.classes)
    let split = try Split(
      images: size.training, limit: recipe.data.limit, validation: recipe.data.validation,
      seed: recipe.training.seed)
    (training, validation) = (
      split.training.count, recipe.pruning.compat == .reference ? size.test : split.validation.count
    )
    let architecture = try recipe.architecture(size.shape, classes: size.classes)
    self.recipe = recipe
    self.size = size
    self.cluster = cluster
    self.densityPerIteration = densityPerIteration
    rehearsal = Calibration(recipe, architecture, size, kernels: kernels)
    let graph = Graph(architecture)
    unpruned = Network.unpruned(graph, kernels: kernels)
  }

  /// Measures for some seconds, and works it out.
  /// - Throws: what a step throws.
  package func result() throws -> ForecastResult {
    let measured = try measure()
    let rows = rankCounts.map { row($0, measured) }
    let whole = costs(on: cluster, measured)
    let (batch, dense) = (recipe.training.batch, costs(on: cluster, measured, keeping: 1))
    let memory = self.memory(ranks: cluster.ranks)
    let sharing = size.isShared ? (cluster.ranksPerNode - 1) * memory.images : 0
    return ForecastResult(
      recipe: recipe.name, network: recipe.network.name, data: size.name, imagesFrom: size.source,
      trainingImages: training, validationImages: validation, testImages: size.test, batch: batch,
      blocks: LaneBlocks.count(forImages: batch), ranks: cluster.ranks,
      ranksPerNode: cluster.ranksPerNode, nodes: cluster.nodes, total: unpruned.total,
      parameters: unpruned.parameters.count, memory: memory,
      nodeMemory: cluster.ranksPerNode * memory.total - sharing, step: rows[rows.count - 1],
      scaling: rows, phases: whole.phases, pruningSeconds: whole.pruning, seconds: whole.seconds,
      denseSeconds: dense.seconds, bytesSent: whole.phases.reduce(0) { $0 + $1.bytesSent },
      densityPerIteration: densityPerIteration, assumptions: assumptions)
  }

  /// 1, 2, 4, … and the number that is planned for.
  var rankCounts: [Int] {
    sequence(first: 1) { $0 * 2 }.prefix { $0 < cluster.ranks } + [cluster.ranks]
  }

  func memory(ranks: Int) -> RankMemory {
    RankMemory(recipe, unpruned, size, ranks: ranks)
  }

  /// Lane blocks of the rank that has most.
  func blocks(_ ranks: Int) -> Int {
    BlockShare(images: recipe.training.batch, rank: 0, worldSize: ranks).count
  }

  /// Kept / total after a pruning iteration, if each keeps its share.
  func density(ofIteration iteration: Int) -> Double {
    (0..<iteration).reduce(1) { density, _ in density * densityPerIteration }
  }
}
