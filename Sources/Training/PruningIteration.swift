import Communication
import Networks
import Pruning
import Storage
import Tensors

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
    case pruned(PrunableNetwork, validationAccuracy: Double?)
    /// The layer of this name would have lost its last weight.
    case disconnects(layer: String)
  }

  /// Prunes the network of `replica`, stage by stage, and trains what is left. Each smaller network
  /// takes the place of the one before in `replica`, so that only one has buffers.
  /// - Throws: what ranks, observer and training throw.
  func callAsFunction(
    _ old: PrunableNetwork, _ replica: inout Replica, validationAccuracy before: Double?
  ) throws -> Outcome {
    let clock = ContinuousClock.now
    var pruned = old
    for stage in rule.stages(old.network.layout) {
      let statistics = try replica.activity(on: images.pruning, for: stage)
      let outcome = try decided(pruned.network.mask) {
        rule(stage, pruned.network, statistics: statistics, iteration: number)
      }
      switch outcome {
      case .disconnects(let layer): return .disconnects(layer: layer)
      case .pruned(let mask): pruned = pruned.compacted(to: mask)
      }
      replica = self.replica(of: pruned.network)
    }
    if recipe.pruning.rewind { pruned.rewind() }
    let seconds = (ContinuousClock.now - clock) / .seconds(1)
    try observer.recorded(.prune(record(pruned.network, before, seconds: seconds)))
    let retraining = recipe.retraining(number, images: images, observer: observer)
    return .pruned(pruned, validationAccuracy: try retraining.train(replica))
  }

  private var rule: PruningRule {
    PruningRule(
      criterion: recipe.pruning.criterion, alphaConvolution: recipe.pruning.alphaConv,
      alphaDense: recipe.pruning.alphaDense, compatibility: recipe.pruning.compat,
      seed: recipe.training.seed)
  }

  private func replica(of network: Network) -> Replica {
    Replica(
      network, batch: recipe.training.batch, optimizer: recipe.optimizer,
      communicator: communicator)
  }

  /// The root's decision on every rank: masks travel as bits.
  private func decided(
    _ mask: Mask, _ decide: () -> PruningRule.Outcome
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
      network.blueprint, mask: Mask(count: network.mask.count), kernels: network.kernels)
    let (kept, total) = (network.kept, network.total)
    return RunRecord.Prune(
      iteration: number, kept: kept, total: total, density: Double(kept) / Double(total),
      compression: Double(total) / Double(kept),
      keptFlops: network.forwardOperations.reduce(0, +),
      totalFlops: full.forwardOperations.reduce(0, +), validationAccuracyBefore: before,
      seconds: seconds, maskSha256: try SHA256Hash.of(network.mask.bytes))
  }
}
