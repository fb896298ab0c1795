import Datasets

/// What a run will cost, as far as it can be told beforehand. Times are in seconds.
package struct ForecastResult: Sendable, Codable {
  /// The recipe's name, its network and data set.
  package var recipe, network, data: String
  /// Whether images were counted or are known.
  package var imagesFrom: DatasetSize.Source
  /// Images of each use.
  package var trainingImages, validationImages, testImages: Int
  /// Images of a step, and the lane blocks they fill: the most ranks there can be.
  package var batch, blocks: Int
  /// Ranks, how many share a machine, and how many machines that makes.
  package var ranks, ranksPerNode, nodes: Int
  /// Weights and biases of dense layers and convolutions, unpruned.
  package var total: Int
  /// Parameters, those of batch norms included, unpruned.
  package var parameters: Int
  /// Of a rank, unpruned.
  package var memory: RankMemory
  /// Of a machine with `ranksPerNode` ranks.
  package var nodeMemory: Int
  /// A step of the unpruned network.
  package var step: Step
  /// A row for 1, 2, 4, … ranks and one for `ranks`.
  package var scaling: [Step]
  /// The unpruned network's training, then each retraining.
  package var phases: [Phase]
  /// Of all pruning iterations: statistics, scores, masks.
  package var pruningSeconds: Double
  /// Of the whole run if each pruning iteration keeps `densityPerIteration` of what was left.
  package var seconds: Double
  /// Of the whole run if pruning took nothing away.
  package var denseSeconds: Double
  /// By all ranks, over the whole run, with pruning.
  package var bytesSent: Int
  /// The share of connections that each pruning iteration is taken to keep.
  package var densityPerIteration: Double
  /// What the numbers rest on, a sentence each.
  package var assumptions: [String]

  /// A training step of the unpruned network on so many ranks.
  package struct Step: Sendable, Codable {
    /// Ranks.
    package var ranks: Int
    /// Lane blocks of the rank that has most.
    package var blocks: Int
    /// The whole step.
    package var seconds: Double
    /// On the rank with most blocks.
    package var computeSeconds: Double
    /// Not hidden after computing.
    package var communicationSeconds: Double
    /// By all ranks.
    package var bytesSent: Int
    /// Batch / seconds.
    package var imagesPerSecond: Double
    /// The speed-up over one rank / ranks.
    package var efficiency: Double
    /// Of a rank.
    package var memory: Int
    /// Of the whole run, as `ForecastResult.seconds`.
    package var runSeconds: Double
    /// False where a step would have taken too long to measure, or too much memory: then it follows
    /// from steps with fewer blocks.
    package var isMeasured: Bool
  }

  /// A training of the network of a pruning iteration; 0 is the unpruned one.
  package struct Phase: Sendable, Codable {
    /// Pruning iteration.
    package var iteration: Int
    /// Kept / total.
    package var density: Double
    /// Epochs.
    package var epochs: Int
    /// Of one step.
    package var stepSeconds: Double
    /// Of one epoch, validation included.
    package var epochSeconds: Double
    /// Of all its epochs.
    package var seconds: Double
    /// By all ranks in all its epochs.
    package var bytesSent: Int
  }
}
