import Networks
import Training

/// Where a run stands: all that it needs to go on.
///
/// Random numbers are keyed by seed, iteration, epoch and sample, and so they leave no state.
struct RunState {
  /// The network under way and its initial values. While pruning measures its successor, it stays.
  var prunable: PrunableNetwork
  /// What trains the network.
  var replica: Replica {
    guard let held else { preconditionFailure("there is no replica while it is replaced") }
    return held
  }
  private var held: Replica?
  /// Pruning iteration of the network, 0 for the unpruned one.
  var iteration = 0
  /// Its training, as far as it has come.
  var training = Training()
  /// What its training came to; nil before its end.
  var trained: Trained?
  /// The network the run will end with, as far as it is known.
  var modelSelection: ModelSelection
  /// Steps of all phases.
  var steps = 0
  /// How often it went back; each time halved its learning rate.
  var rollbacks = 0
  /// Times of the run before this process.
  var before = Checkpoint.Clocks()

  /// A phase as far as it has come.
  struct Training {
    /// Epochs done.
    var epoch = 0
    /// Steps of the next epoch done.
    var step = 0
    /// Counts these steps.
    var meter = EpochMeter()
    /// The weights of the best epoch so far with their validation accuracy.
    var best: (accuracy: Double, weights: Snapshot)?
  }

  /// A phase at its end, with its best epoch's weights in the network.
  struct Trained: Codable, Equatable {
    /// Of these weights; nil where nothing validates.
    var validationAccuracy: Double?
    /// SHA-256 of the state.
    var stateHash: String
  }

  /// What learning rates are multiplied by, exactly.
  var rateFactor: Double { Double(sign: .plus, exponent: -rollbacks, significand: 1) }

  /// The network.
  var network: Network { prunable.network }

  /// A run that begins.
  init(prunable: PrunableNetwork, replica: Replica, modelSelection: ModelSelection) {
    (self.prunable, self.modelSelection) = (prunable, modelSelection)
    held = replica
  }

  /// Puts another replica in the place of this one, whose buffers go before the other's are made.
  mutating func replaceReplica(by make: () -> Replica) {
    held = nil
    held = make()
  }
}
