import Datasets

/// What a run will cost, as far as it can be told beforehand. Times are in seconds.
public struct PlanResult: Sendable, Codable {
  /// The recipe's name, its network and data set.
  public var recipe, network, data: String
  /// Whether images were counted or are known.
  public var imagesFrom: DatasetSize.Source
  /// Images of each use.
  public var trainingImages, validationImages, testImages: Int
  /// Images of a step, and the lane blocks they fill: the most ranks there can be.
  public var batch, blocks: Int
  /// Ranks, how many share a machine, and how many machines that makes.
  public var ranks, ranksPerNode, nodes: Int
  /// Weights and biases of dense layers and convolutions, unpruned.
  public var total: Int
  /// Parameters, those of batch norms included, unpruned.
  public var parameters: Int
  /// Of a rank, unpruned.
  public var memory: RankMemory
  /// Of a machine with `ranksPerNode` ranks.
  public var nodeMemory: Int
  /// A step of the unpruned network.
  public var step: Step
  /// A row for 1, 2, 4, … ranks and one for `ranks`.
  public var scaling: [Step]
  /// The unpruned network's training, then each retraining.
  public var phases: [Phase]
  /// Of all pruning iterations: statistics, scores, masks.
  public var pruningSeconds: Double
  /// Of the whole run if each pruning iteration keeps `densityPerIteration` of what was left.
  public var seconds: Double
  /// Of the whole run if pruning took nothing away.
  public var denseSeconds: Double
  /// By all ranks, over the whole run, with pruning.
  public var bytesSent: Int
  /// The share of connections that each pruning iteration is taken to keep.
  public var densityPerIteration: Double
  /// What the numbers rest on, a sentence each.
  public var assumptions: [String]

  /// A training step of the unpruned network on so many ranks.
  public struct Step: Sendable, Codable {
    /// Ranks.
    public var ranks: Int
    /// Lane blocks of the rank that has most.
    public var blocks: Int
    /// The whole step.
    public var seconds: Double
    /// On the rank with most blocks.
    public var computeSeconds: Double
    /// Not hidden behind computing.
    public var communicationSeconds: Double
    /// By all ranks.
    public var bytesSent: Int
    /// Batch / seconds.
    public var imagesPerSecond: Double
    /// The speed-up over one rank / ranks.
    public var efficiency: Double
    /// Of a rank.
    public var memory: Int
    /// Of the whole run, as `PlanResult.seconds`.
    public var runSeconds: Double
    /// False where a step would have taken too long to measure, or too much memory: then it follows from
    /// steps with fewer blocks.
    public var isMeasured: Bool
  }

  /// A training of the network of a pruning iteration; 0 is the unpruned one.
  public struct Phase: Sendable, Codable {
    /// Pruning iteration.
    public var iteration: Int
    /// Kept / total.
    public var density: Double
    /// Epochs.
    public var epochs: Int
    /// Of one step.
    public var stepSeconds: Double
    /// Of one epoch, validation included.
    public var epochSeconds: Double
    /// Of all its epochs.
    public var seconds: Double
    /// By all ranks in all its epochs.
    public var bytesSent: Int
  }
}
