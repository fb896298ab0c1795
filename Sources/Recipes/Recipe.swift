import Networks
import Optimizers
import Pruning

/// What a run computes, and how it looks after itself.
package struct Recipe: Sendable, Equatable {
  /// Which network.
  package struct Network: Sendable, Equatable {
    /// A known architecture.
    package var name = "lenet300-100"
    /// The probability that a feature is dropped while training, where the network has a place for
    /// it.
    package var dropout = 0.0
  }
  /// Which images.
  package struct Data: Sendable, Equatable {
    /// A known data set.
    package var name = "fashion-mnist"
    /// Its folder; empty for where its package puts it.
    package var path = ""
    /// The folder for images that were decoded; empty for the user's cache folder.
    package var cache = ""
    /// Whether training images are moved and mirrored at random.
    package var augment = false
    /// Training images drawn by seed, 0 = all.
    package var limit = 0
    /// Training images held back to pick epochs and networks by.
    package var validation = 5000
  }
  /// How the unpruned network is trained.
  package struct Training: Sendable, Equatable {
    /// Epochs of the unpruned network.
    package var epochs = 60
    /// Images of a step over all ranks.
    package var batch = 120
    /// One of `KnownOptimizer.all`.
    package var optimizer = KnownOptimizer.adam
    /// After warm-up.
    package var learningRate = 1e-3
    /// λ, L2 on all parameters, in PyTorch's meaning.
    package var weightDecay = 5e-4
    /// Of SGD.
    package var momentum = 0.9
    /// Whether SGD looks ahead along its velocity.
    package var nesterov = false
    /// How the learning rate falls.
    package var schedule = Schedule.Kind.multistep
    /// Epochs at whose start the learning rate falls.
    package var milestones = [30]
    /// By what it is multiplied.
    package var gamma = 0.1
    /// Epochs of linear rise.
    package var warmupEpochs = 0
    /// The share of an image's label that is spread over all classes.
    package var labelSmoothing = 0.0
    /// The largest Euclidean norm of a step's gradient, 0 = any.
    package var clipNorm = 0.0
    /// What fresh weights are drawn from.
    package var initialisation = Initialisation.kaiming
    /// Of everything that is random.
    package var seed = 0
    /// What batch norms take moments over.
    package var batchNorm = BatchNormScope.synchronised
    /// What computes the products of layers.
    package var engine = Engine.lane
  }
  /// How it is pruned and trained again.
  package struct Pruning: Sendable, Equatable {
    /// How connections are chosen.
    package var criterion = "activity"
    /// How many connections stay.
    package var count = PruningRule.Count.activity
    /// How often it is pruned.
    package var iterations = 20
    /// Epochs after each pruning.
    package var retrainEpochs = 60
    /// The milestones of these.
    package var retrainMilestones = [30]
    /// Share of a filter's importance that is kept.
    package var alphaConv = 0.9
    /// Share of a neuron's importance that is kept.
    package var alphaDense = 0.95
    /// Share of its layer's mean activity up to which a unit is dead.
    package var deadBelow = 0.0
    /// Images of the pruning set.
    package var samples = 1000
    /// Whether survivors go back to their initial values.
    package var rewind = true
    /// Whose habits are followed.
    package var compat = PruningRule.Compatibility.paper
    /// The result is the last iteration whose validation accuracy is within this of the unpruned
    /// one's.
    package var tolerance = 0.01
  }

  /// When a run is saved; that does not change what it comes to.
  package struct Checkpoint: Sendable, Equatable {
    /// Steps from one to the next, 0 = not by steps.
    package var steps: Int
    /// Epochs from one to the next, 0 = neither by epochs nor by pruning iterations.
    package var epochs: Int
    /// How many are kept.
    package var keep: Int

    /// Those of these numbers.
    package init(steps: Int = 0, epochs: Int = 1, keep: Int = 3) {
      (self.steps, self.epochs, self.keep) = (steps, epochs, keep)
    }
  }

  /// How a run guards itself against what goes wrong; that does not change what a sound one comes
  /// to.
  package struct Safety: Sendable, Equatable {
    /// What is done about a loss or gradient that is not finite.
    package enum Response: String, Sendable, CaseIterable {
      /// The run ends.
      case stop
      /// It goes back to the start of the epoch and on with half the learning rate.
      case rollback
    }

    /// Seconds that ranks wait for one that is late, and then for its answer.
    package var stallSeconds = 60
    /// Steps from one audit to the next, 0 = only at pruning iterations and checkpoints.
    package var auditSteps = 100
    /// See `Response`.
    package var onNonfinite = Response.stop
    /// How often a run goes back.
    package var rollbacks = 3

    /// No run goes back more often.
    package static let mostRollbacks = 1000

    /// The defaults.
    package init() {}
  }

  /// What runs are called after.
  package var name = ""
  /// Which network.
  package var network = Network()
  /// Which images.
  package var data = Data()
  /// How the unpruned network is trained.
  package var training = Training()
  /// How it is pruned and trained again.
  package var pruning = Pruning()
  /// When a run is saved.
  package var checkpoint = Checkpoint()
  /// How a run guards itself.
  package var safety = Safety()

  /// The defaults, as the README lists them.
  package init() {}
}
