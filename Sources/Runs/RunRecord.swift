import Pruning

/// What a run puts on record, one line of `metrics.jsonl` each. Accuracies are fractions of 1,
/// times seconds.
package enum RunRecord: Sendable {
  case epoch(Epoch)
  case prune(Prune)
  case iteration(Iteration)
  case rollback(Rollback)
  case end(End)

  /// One epoch of training.
  package struct Epoch: Codable, Sendable {
    /// The kind of line.
    package var event = "epoch"
    /// `train` or `retrain`.
    package var phase: String
    /// Pruning iteration, 0 for the unpruned network.
    package var iteration: Int
    /// Counted from 1.
    package var epoch: Int
    /// Mean cross-entropy in nats.
    package var loss: Double
    /// On the training images, while training.
    package var accuracy: Double
    /// Missing without validation images.
    package var validationAccuracy: Double?
    /// Over all ranks.
    package var imagesPerSecond: Double
    /// Wall time of its steps on the slowest rank, without audits, checkpoints and validation.
    package var seconds: Double
    /// Of that, outside of communication.
    package var computeSeconds: Double
    /// Of that, in calls of MPI.
    package var communicationSeconds: Double
    /// By all ranks.
    package var bytesSent: Int
    /// The rank that computed longest.
    package var slowestRank: Int
    /// Steps of the run at its end; runs of earlier versions have none.
    package var step: Int?
    /// Every rank; runs of earlier versions have none.
    package var ranks: [Rank]?

    /// What an epoch took of one rank.
    package struct Rank: Codable, Sendable, Equatable {
      /// Of steps, outside of communication and of loading images.
      package var computeSeconds: Double
      /// Of steps, in calls of MPI.
      package var communicationSeconds: Double
      /// Of steps, loading, augmenting and normalising images.
      package var dataSeconds: Double
      /// Of checkpoints since the epoch before.
      package var checkpointSeconds: Double
      /// Resident memory at its end.
      package var residentBytes: Int
    }
  }

  /// One pruning iteration, before its retraining.
  package struct Prune: Codable, Sendable {
    /// The kind of line.
    package var event = "prune"
    /// Pruning iteration.
    package var iteration: Int
    /// Connections kept.
    package var kept: Int
    /// Connections of the unpruned network.
    package var total: Int
    /// Kept / total.
    package var density: Double
    /// Total / kept.
    package var compression: Double
    /// Floating-point operations of one image's forward pass.
    package var keptFlops: Int
    /// The same of the unpruned network.
    package var totalFlops: Int
    /// Before pruning; missing without validation images.
    package var validationAccuracyBefore: Double?
    /// Statistics, scores, masks and compaction.
    package var seconds: Double
    /// SHA-256 of the packed mask.
    package var maskSha256: String
    /// Steps of the run before it; runs of earlier versions have none.
    package var step: Int?
    /// Dense layers and convolutions from input to output; runs of earlier versions have none.
    package var layers: [Layer]?
    /// Connections that each input of the network keeps to the first layer, where that is dense, in
    /// order of channels, rows and columns.
    package var inputs: [Int]?
    /// Channels, rows and columns of an image.
    package var inputShape: [Int]?

    /// What pruning has made of a layer.
    package struct Layer: Codable, Sendable, Equatable {
      /// Its name.
      package var name: String
      /// Weights and biases that are kept, and of the unpruned network.
      package var kept: Int
      package var total: Int
      /// Neurons or filters with connections, and of the unpruned network.
      package var units: Int
      package var unitsTotal: Int
      /// Weights and biases that this iteration took away, by reason.
      package var removed: Removed
      /// Of the scores of the connections that were there.
      package var importance: Distribution?
      /// Of the weights and biases that were there.
      package var weights: Distribution?
    }

    /// Weights and biases that are taken away, as `Removals.Reason` has the reasons.
    package struct Removed: Codable, Sendable, Equatable {
      package var importance = 0
      package var dead = 0
      package var unread = 0
      package var residual = 0
    }
  }

  /// A network of the run after its training: the unpruned one or that of a pruning iteration.
  package struct Iteration: Codable, Sendable {
    /// The kind of line.
    package var event = "iteration"
    /// 0 for the unpruned network.
    package var iteration: Int
    /// Connections kept.
    package var kept: Int
    /// Connections of the unpruned network.
    package var total: Int
    /// Kept / total.
    package var density: Double
    /// Total / kept.
    package var compression: Double
    /// Of the weights that are kept; missing without validation images.
    package var validationAccuracy: Double?
    /// Peak resident memory of the largest rank.
    package var residentBytes: Int
    /// Steps of the run so far; runs of earlier versions have none.
    package var step: Int?
  }

  /// A return to the start of an epoch.
  package struct Rollback: Codable, Sendable {
    /// The kind of line.
    package var event = "rollback"
    /// Pruning iteration, 0 for the unpruned network.
    package var iteration: Int
    /// The epoch that begins again, counted from 1.
    package var epoch: Int
    /// The step of the run that was not finite.
    package var step: Int
    /// What was not, and of which layer.
    package var what: String
    /// How many there were with this one.
    package var rollbacks: Int
    /// What learning rates are multiplied by from here on.
    package var learningRateFactor: Double
  }

  /// The end of a run.
  package struct End: Codable, Sendable {
    /// The kind of line.
    package var event = "end"
    /// The pruning iteration whose network was chosen.
    package var iteration: Int
    /// Of the chosen network.
    package var testAccuracy: Double
    /// Connections kept.
    package var kept: Int
    /// Connections of the unpruned network.
    package var total: Int
    /// Of parameters, masks and optimizer state after the last iteration.
    package var stateSha256: String
    /// Wall time, of all processes that had a part in the run.
    package var seconds: Double
    /// That of writing checkpoints; runs of earlier versions have none.
    package var checkpointSeconds: Double?
    /// Why pruning ended before its last iteration, if it did.
    package var stopped: String?
  }
}

/// By the kind of line: a new one is a struct and a case here.
extension RunRecord: Codable {
  private enum Key: CodingKey { case event }

  /// Reads the kind first.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    switch try container.decode(String.self, forKey: .event) {
    case "epoch": self = .epoch(try Epoch(from: decoder))
    case "prune": self = .prune(try Prune(from: decoder))
    case "iteration": self = .iteration(try Iteration(from: decoder))
    case "rollback": self = .rollback(try Rollback(from: decoder))
    case "end": self = .end(try End(from: decoder))
    case let event:
      throw DecodingError.dataCorruptedError(
        forKey: .event, in: container, debugDescription: "an unknown event \(event)")
    }
  }

  /// Writes the line without a word of the case.
  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .epoch(let record): try record.encode(to: encoder)
    case .prune(let record): try record.encode(to: encoder)
    case .iteration(let record): try record.encode(to: encoder)
    case .rollback(let record): try record.encode(to: encoder)
    case .end(let record): try record.encode(to: encoder)
    }
  }
}
