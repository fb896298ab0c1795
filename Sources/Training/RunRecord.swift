/// What a run puts on record, one line of `metrics.jsonl` each. Accuracies are fractions of 1, times
/// seconds.
public enum RunRecord: Sendable {
  case epoch(Epoch)
  case prune(Prune)
  case iteration(Iteration)
  case rollback(Rollback)
  case end(End)

  /// One epoch of training.
  public struct Epoch: Codable, Sendable {
    /// The kind of line.
    public var event = "epoch"
    /// `train` or `retrain`.
    public var phase: String
    /// Pruning iteration, 0 for the unpruned network.
    public var iteration: Int
    /// Counted from 1.
    public var epoch: Int
    /// Mean cross-entropy in nats.
    public var loss: Double
    /// On the training images, while training.
    public var accuracy: Double
    /// Missing without validation images.
    public var validationAccuracy: Double?
    /// Over all ranks.
    public var imagesPerSecond: Double
    /// Wall time of its steps on the slowest rank, without audits, checkpoints and validation.
    public var seconds: Double
    /// Of that, outside of communication.
    public var computeSeconds: Double
    /// Of that, in calls of MPI.
    public var communicationSeconds: Double
    /// By all ranks.
    public var bytesSent: Int
    /// The rank that computed longest.
    public var slowestRank: Int
  }

  /// One pruning iteration, before its retraining.
  public struct Prune: Codable, Sendable {
    /// The kind of line.
    public var event = "prune"
    /// Pruning iteration.
    public var iteration: Int
    /// Connections kept.
    public var kept: Int
    /// Connections of the unpruned network.
    public var total: Int
    /// Kept / total.
    public var density: Double
    /// Total / kept.
    public var compression: Double
    /// Floating-point operations of one image's forward pass.
    public var keptFlops: Int
    /// The same of the unpruned network.
    public var totalFlops: Int
    /// Before pruning; missing without validation images.
    public var validationAccuracyBefore: Double?
    /// Statistics, scores, masks and compaction.
    public var seconds: Double
    /// SHA-256 of the packed mask.
    public var maskSha256: String
  }

  /// A network of the run after its training: the unpruned one or that of a pruning iteration.
  public struct Iteration: Codable, Sendable {
    /// The kind of line.
    public var event = "iteration"
    /// 0 for the unpruned network.
    public var iteration: Int
    /// Connections kept.
    public var kept: Int
    /// Connections of the unpruned network.
    public var total: Int
    /// Kept / total.
    public var density: Double
    /// Total / kept.
    public var compression: Double
    /// Of the weights that are kept; missing without validation images.
    public var validationAccuracy: Double?
    /// Peak resident memory of the largest rank.
    public var residentBytes: Int
  }

  /// A return to the start of an epoch.
  public struct Rollback: Codable, Sendable {
    /// The kind of line.
    public var event = "rollback"
    /// Pruning iteration, 0 for the unpruned network.
    public var iteration: Int
    /// The epoch that begins again, counted from 1.
    public var epoch: Int
    /// The step of the run that was not finite.
    public var step: Int
    /// What was not, and of which layer.
    public var what: String
    /// How many there were with this one.
    public var rollbacks: Int
    /// What learning rates are multiplied by from here on.
    public var learningRateFactor: Double
  }

  /// The end of a run.
  public struct End: Codable, Sendable {
    /// The kind of line.
    public var event = "end"
    /// The pruning iteration whose network was chosen.
    public var iteration: Int
    /// Of the chosen network.
    public var testAccuracy: Double
    /// Connections kept.
    public var kept: Int
    /// Connections of the unpruned network.
    public var total: Int
    /// Of parameters, masks and optimizer state after the last iteration.
    public var stateSha256: String
    /// Wall time, of all processes that had a part in the run.
    public var seconds: Double
    /// That of writing checkpoints; runs of earlier versions have none.
    public var checkpointSeconds: Double?
    /// Why pruning ended before its last iteration, if it did.
    public var stopped: String?
  }
}

/// Where a step of a run stands, for a live display.
public struct StepProgress: Sendable {
  /// Pruning iteration, 0 for the unpruned network, and how many there will be.
  public let iteration, iterations: Int
  /// Epoch of the phase, counted from 1, and how many it has.
  public let epoch, epochs: Int
  /// Epochs of each phase to come.
  public let laterEpochs: Int
  /// Step of the epoch, counted from 1, and how many it has.
  public let step, steps: Int
  /// Images of a step.
  public let batch: Int
  /// Mean loss and accuracy of the epoch so far, on this rank's images.
  public let loss, accuracy: Double
  /// Kept / total.
  public let density: Double
}

/// Is told how a run goes. Every rank has one; only the root's shows or writes anything.
public protocol RunObserver: AnyObject {
  /// A step is done.
  func stepped(_ progress: StepProgress)
  /// Something goes on record.
  /// - Throws: what writing it throws.
  func recorded(_ record: RunRecord) throws
  /// Brings everything recorded to disk.
  /// - Returns: the bytes on record.
  /// - Throws: what that throws.
  func synchronise() throws -> Int
  /// Something the user should know.
  func noticed(_ text: String)
  /// Something went wrong that the run survives: said even where it is to be quiet.
  func warned(_ text: String)
}
