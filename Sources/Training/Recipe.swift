import Networks
import Pruning

/// Everything that decides what a run computes.
public struct Recipe: Sendable, Equatable {
  /// Which network.
  public struct Network: Sendable, Equatable {
    public var name = "lenet300-100"
  }
  /// Which images.
  public struct Data: Sendable, Equatable {
    public var name = "fashion-mnist"
    public var path = ""
    /// Training images drawn by seed, 0 = all.
    public var limit = 0
    public var validation = 5000
  }
  /// How the unpruned network is trained.
  public struct Training: Sendable, Equatable {
    public var epochs = 60
    /// Images of a step over all ranks.
    public var batch = 120
    public var optimizer = OptimizerSettings.Kind.adam
    public var learningRate = 1e-3
    public var weightDecay = 5e-4
    public var momentum = 0.9
    public var milestones = [30]
    public var gamma = 0.1
    public var warmupEpochs = 0
    public var seed = 0
    public var kernels = Products.lane
  }
  /// How it is pruned and trained again.
  public struct Pruning: Sendable, Equatable {
    public var criterion = PruningRule.Criterion.activity
    public var iterations = 20
    public var retrainEpochs = 60
    public var retrainMilestones = [30]
    public var alphaConv = 0.9
    public var alphaDense = 0.95
    /// Images of the pruning set.
    public var samples = 1000
    public var rewind = true
    public var compat = Compatibility.paper
    /// The result is the last iteration whose validation accuracy is within this of the unpruned one's.
    public var tolerance = 0.01
  }

  /// Whose habits are followed where the paper and its implementation differ.
  public enum Compatibility: String, Sendable, CaseIterable {
    /// The paper's.
    case paper
    /// The paper's implementation's: training data is not shuffled and the best epoch is picked on the
    /// test set, so that accuracies are no longer those of unseen images.
    case reference
  }

  /// What runs are called after.
  public var name = ""
  public var network = Network()
  public var data = Data()
  public var training = Training()
  public var pruning = Pruning()

  /// The defaults of the contract.
  public init() {}

  /// The settings of the optimizer.
  public var optimizer: OptimizerSettings {
    OptimizerSettings(
      kind: training.optimizer, weightDecay: training.weightDecay, momentum: training.momentum)
  }
}
