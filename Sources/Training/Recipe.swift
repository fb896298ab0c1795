import Networks
import Pruning

/// What a run computes, and how it looks after itself.
public struct Recipe: Sendable, Equatable {
  /// Which network.
  public struct Network: Sendable, Equatable {
    /// A known architecture.
    public var name = "lenet300-100"
  }
  /// Which images.
  public struct Data: Sendable, Equatable {
    /// A known data set.
    public var name = "fashion-mnist"
    /// Its folder; empty for where its package puts it.
    public var path = ""
    /// The folder for images that were decoded; empty for the user's cache folder.
    public var cache = ""
    /// Whether training images are moved and mirrored at random.
    public var augment = false
    /// Training images drawn by seed, 0 = all.
    public var limit = 0
    /// Training images held back to pick epochs and networks by.
    public var validation = 5000
  }
  /// How the unpruned network is trained.
  public struct Training: Sendable, Equatable {
    /// Epochs of the unpruned network.
    public var epochs = 60
    /// Images of a step over all ranks.
    public var batch = 120
    /// Adam or SGD.
    public var optimizer = OptimizerSettings.Kind.adam
    /// After warm-up.
    public var learningRate = 1e-3
    /// λ, L2 on all parameters, in PyTorch's meaning.
    public var weightDecay = 5e-4
    /// Of SGD.
    public var momentum = 0.9
    /// Epochs at whose start the learning rate falls.
    public var milestones = [30]
    /// By what it is multiplied.
    public var gamma = 0.1
    /// Epochs of linear rise.
    public var warmupEpochs = 0
    /// Of everything that is random.
    public var seed = 0
    /// What batch norms take moments over.
    public var batchNorm = BatchNormScope.synchronised
    /// How dense products are computed.
    public var kernels = Products.lane
  }
  /// How it is pruned and trained again.
  public struct Pruning: Sendable, Equatable {
    /// How connections are chosen.
    public var criterion = PruningRule.Criterion.activity
    /// How often it is pruned.
    public var iterations = 20
    /// Epochs after each pruning.
    public var retrainEpochs = 60
    /// The milestones of these.
    public var retrainMilestones = [30]
    /// Share of a filter's importance that is kept.
    public var alphaConv = 0.9
    /// Share of a neuron's importance that is kept.
    public var alphaDense = 0.95
    /// Images of the pruning set.
    public var samples = 1000
    /// Whether survivors go back to their initial values.
    public var rewind = true
    /// Whose habits are followed.
    public var compat = PruningRule.Compatibility.paper
    /// The result is the last iteration whose validation accuracy is within this of the unpruned one's.
    public var tolerance = 0.01
  }

  /// When a run is saved; that does not change what it comes to.
  public struct Checkpoint: Sendable, Equatable {
    /// Steps from one to the next, 0 = not by steps.
    public var steps: Int
    /// Epochs from one to the next, 0 = neither by epochs nor by pruning iterations.
    public var epochs: Int
    /// How many are kept.
    public var keep: Int

    /// Those of these numbers.
    public init(steps: Int = 0, epochs: Int = 1, keep: Int = 3) {
      (self.steps, self.epochs, self.keep) = (steps, epochs, keep)
    }
  }

  /// How a run guards itself against what goes wrong; that does not change what a sound one comes to.
  public struct Safety: Sendable, Equatable {
    /// What is done about a loss or gradient that is not finite.
    public enum Response: String, Sendable, CaseIterable {
      /// The run ends.
      case stop
      /// It goes back to the start of the epoch and on with half the learning rate.
      case rollback
    }

    /// Seconds that ranks wait for one that is late, and then for its answer.
    public var stallSeconds = 60
    /// Steps from one audit to the next, 0 = only at pruning iterations and checkpoints.
    public var auditSteps = 100
    /// See `Response`.
    public var onNonfinite = Response.stop
    /// How often a run goes back.
    public var rollbacks = 3

    /// No run goes back more often.
    static let mostRollbacks = 1000

    /// The defaults.
    public init() {}
  }

  /// What runs are called after.
  public var name = ""
  /// Which network.
  public var network = Network()
  /// Which images.
  public var data = Data()
  /// How the unpruned network is trained.
  public var training = Training()
  /// How it is pruned and trained again.
  public var pruning = Pruning()
  /// When a run is saved.
  public var checkpoint = Checkpoint()
  /// How a run guards itself.
  public var safety = Safety()

  /// The defaults of the contract.
  public init() {}

  /// The settings of the optimizer.
  public var optimizer: OptimizerSettings {
    OptimizerSettings(
      kind: training.optimizer, weightDecay: training.weightDecay, momentum: training.momentum)
  }
}
