import Communication
import Networks
import Pruning
import Recipes
import Storage
import Tensors
import Training

/// One pruning iteration: statistics → reduce → importance and mask at the root → broadcast →
/// compact → rewind → retrain.
struct PruningIteration {
  let number: Int
  let recipe: Recipe
  let images: RunImages
  let communicator: any Communicator
  let observer: any RunObserver

  /// Prunes the network of `state`, half by half, and makes it ready to be trained again. Each
  /// smaller network takes the place of the one before in the replica, so that only one has
  /// buffers.
  /// - Returns: nil; where the logits would no longer depend on the image, the name of the first
  ///   layer that does not, with the network as it was.
  /// - Throws: `StopRequested`, with the network as it was; what ranks and observer throw.
  func prune(_ state: inout RunState) throws -> String? {
    let clock = ContinuousClock.now
    var pruned = state.prunable
    for half in recipe.pruningRule.halves(state.network.layout) {
      let statistics = try state.replica.activity(
        on: images.pruning, mode: recipe.pruningRule.statisticsMode(half))
      let outcome = try decided(pruned.network.mask) {
        recipe.pruningRule.decide(
          half,
          ScoredNetwork(
            pruned.network, statistics, iteration: number, seed: recipe.training.seed))
      }
      switch outcome {
      case .disconnects(let layer): return layer
      case .pruned(let mask):
        try communicator.inspector.during("compaction") {
          pruned = pruned.compacted(to: mask)
          state.replaceReplica { Replica(pruned.network, recipe, communicator) }
          // Ranks meet here, so that one that does not come is known to be missing from here.
          _ = try communicator.gather([UInt8]())
        }
      }
    }
    pruned.rewind()
    let before = state.trained?.validationAccuracy
    let seconds = clock.elapsedSeconds
    let record = try record(pruned.network, before, seconds: seconds)
    try observer.record(.prune(record), on: communicator)
    state.beginIteration(number, pruned)
    return nil
  }

  /// The root's decision on every rank: masks travel as bits.
  private func decided(
    _ mask: Mask, _ decide: () -> PruningRule.Outcome
  ) throws -> PruningRule.Outcome {
    let bytes = try communicator.inspector.during("importance") {
      try communicator.broadcast(fromRoot: {
        switch decide() {
        case .pruned(let mask): [1] + mask.bytes
        case .disconnects(let layer): [0] + Array(layer.utf8)
        }
      })
    }
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
    let full = Network.unpruned(network.graph, kernels: network.kernels)
    let (kept, total) = (network.kept, network.total)
    return RunRecord.Prune(
      iteration: number, kept: kept, total: total, density: Double(kept) / Double(total),
      compression: Double(total) / Double(kept),
      keptFlops: network.forwardOperations.reduce(0, +),
      totalFlops: full.forwardOperations.reduce(0, +), validationAccuracyBefore: before,
      seconds: seconds, maskSha256: try SHA256Hash.of(network.mask.bytes))
  }
}

extension RunState {
  /// Goes over to the pruned network, which is yet to be trained.
  fileprivate mutating func beginIteration(_ number: Int, _ pruned: PrunableNetwork) {
    iteration = number
    prunable = pruned
    replica.renewChecksums()
    training = Training()
    trained = nil
  }
}
