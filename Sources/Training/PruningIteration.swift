import Communication
import Networks
import Pruning
import Storage
import Tensors

/// A network with what pruning iterations carry along with it.
struct PrunableNetwork {
  var network: Network
  /// The initial values of the surviving parameters.
  var initial: FloatBuffer

  /// The same under a smaller mask; `rewind` puts the survivors back to their initial values.
  func compacted(to mask: Mask, rewind: Bool) -> PrunableNetwork {
    let initial = Network.compact(initial, from: network.mask, to: mask)
    let network = network.compacted(to: mask)
    if rewind { network.parameters.copy(from: initial) }
    return PrunableNetwork(network: network, initial: initial)
  }
}

/// One pruning iteration: statistics → reduce → importance and mask at the root → broadcast →
/// compact → retrain.
struct PruningIteration {
  let number: Int
  let recipe: Recipe
  let images: RunImages
  let communicator: any Communicator
  let observer: any RunObserver

  /// What came of an iteration.
  enum Outcome {
    /// The smaller network, trained, with its validation accuracy.
    case pruned(PrunableNetwork, Replica, validationAccuracy: Double?)
    /// The layer of this name would have lost its last weight.
    case disconnects(layer: String)
  }

  /// Prunes the network of `replica` and trains what is left.
  /// - Throws: what ranks, observer and training throw.
  func callAsFunction(
    _ old: PrunableNetwork, _ replica: Replica, validationAccuracy before: Double?
  ) throws -> Outcome {
    let clock = ContinuousClock.now
    let statistics = try replica.activity(on: images.pruning)
    switch try decided(
      { rule(old.network, statistics: statistics, iteration: number) }, old.network.mask)
    {
    case .disconnects(let layer):
      return .disconnects(layer: layer)
    case .pruned(let mask):
      let pruned = old.compacted(to: mask, rewind: recipe.pruning.rewind)
      try observer.recorded(
        .prune(record(pruned.network, before, seconds: (ContinuousClock.now - clock) / .seconds(1)))
      )
      let replica = Replica(
        pruned.network, batch: recipe.training.batch, optimizer: recipe.optimizer,
        communicator: communicator)
      let accuracy = try recipe.retraining(number, images: images, observer: observer).train(
        replica)
      return .pruned(pruned, replica, validationAccuracy: accuracy)
    }
  }

  private var rule: PruningRule {
    PruningRule(
      criterion: recipe.pruning.criterion, alphaDense: recipe.pruning.alphaDense,
      seed: recipe.training.seed)
  }

  /// The root's decision on every rank: masks travel as bits.
  private func decided(
    _ decide: () -> PruningRule.Outcome, _ mask: Mask
  ) throws -> PruningRule.Outcome {
    let bytes = try communicator.broadcast(fromRoot: {
      switch decide() {
      case .pruned(let mask): [1] + mask.bytes
      case .disconnects(let layer): [0] + Array(layer.utf8)
      }
    })
    guard bytes.first == 1 else {
      return .disconnects(layer: String(decoding: bytes.dropFirst(), as: UTF8.self))
    }
    guard let mask = Mask(count: mask.count, bytes: Array(bytes.dropFirst())) else {
      throw ReplicaError(
        what: "a mask of \(mask.count) connections arrived as \(bytes.count) bytes")
    }
    return .pruned(mask)
  }

  private func record(
    _ network: Network, _ before: Double?, seconds: Double
  ) throws -> RunRecord.Prune {
    let full = Network(
      network.architecture, mask: Mask(count: network.mask.count), kernels: network.kernels)
    let kept = network.parameters.count
    let total = network.mask.count
    return RunRecord.Prune(
      iteration: number, kept: kept, total: total, density: Double(kept) / Double(total),
      compression: Double(total) / Double(kept),
      keptFlops: network.forwardOperations.reduce(0, +),
      totalFlops: full.forwardOperations.reduce(0, +), validationAccuracyBefore: before,
      seconds: seconds, maskSha256: try SHA256Hash.of(network.mask.bytes))
  }
}

/// Replicas that no longer hold the same.
public struct ReplicaError: UserFacingError {
  /// What differs.
  public let what: String
  /// 81.
  public var exitCode: ExitCode { .replicasDisagree }
  /// What differs.
  public var description: String { what }
}

extension Replica {
  /// Mean activities over `selection`, reduced over ranks.
  /// - Throws: what the sums over ranks throw.
  public func activity(on selection: Selection) throws -> ActivityStatistics {
    let width = ActivityStatistics.width(network.layout)
    let totals = try sweep(selection, width: width) { run, _ in
      (0..<run.count).map {
        ActivityStatistics.blockSums(workspace, block: $0, images: run.images(in: $0))
      }
    }
    return ActivityStatistics(totals: totals, layout: network.layout, samples: selection.count)
  }
}
