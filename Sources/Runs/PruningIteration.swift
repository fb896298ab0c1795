import Communication
import Networks
import Pruning
import Recipes
import Storage
import Tensors
import Training

/// One pruning iteration but for its retraining: statistics, added up over ranks → importance and
/// mask at the root → broadcast → compact → rewind.
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
    let start = ContinuousClock.now
    var pruned = state.prunable
    var account = PruningAccount(of: pruned.network)
    for half in rule.halves(state.network.layout) {
      let observed = try state.replica.observe(images.pruning, for: rule, half)
      let outcome = try broadcast(pruned.network.mask) {
        decide(half, pruned.network, observed, &account)
      }
      switch outcome {
      case .disconnects(let layer): return layer
      case .pruned(let mask): try compact(&pruned, to: mask, in: &state)
      }
    }
    pruned.rewind()
    try record(pruned.network, account, of: state, since: start)
    state.beginIteration(number, pruned)
    return nil
  }

  private var rule: PruningRule { recipe.pruningRule }

  private func decide(
    _ half: PruningRule.Half, _ network: Network, _ observed: Observations,
    _ account: inout PruningAccount
  ) -> PruningRule.Outcome {
    let scored = ScoredNetwork(network, observed, iteration: number, seed: recipe.training.seed)
    account.describe(half, scored, by: rule.criterion)
    return rule.decide(half, scored, noting: &account.removals)
  }

  /// The root's decision on every rank: masks travel as bits.
  private func broadcast(
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

  /// Leaves the survivors of a mask, in the replica of `state`, too.
  private func compact(
    _ pruned: inout PrunableNetwork, to mask: Mask, in state: inout RunState
  ) throws {
    try communicator.inspector.during("compaction") {
      pruned = pruned.compacted(to: mask)
      state.replaceReplica { Replica(pruned.network, recipe, communicator) }
      // Ranks meet here, so that one that does not come is known to be missing from here.
      _ = try communicator.gather([UInt8]())
    }
  }

  private func record(
    _ network: Network, _ account: PruningAccount, of state: RunState,
    since start: ContinuousClock.Instant
  ) throws {
    let full = Network.unpruned(network.graph, kernels: network.kernels)
    let (kept, total, input) = (network.kept, network.total, network.architecture.input)
    let record = RunRecord.Prune(
      iteration: number, kept: kept, total: total, density: Double(kept) / Double(total),
      compression: Double(total) / Double(kept),
      keptFlops: network.forwardOperations.reduce(0, +),
      totalFlops: full.forwardOperations.reduce(0, +),
      validationAccuracyBefore: state.trained?.validationAccuracy, seconds: start.elapsedSeconds,
      maskSha256: try SHA256Hash.of(network.mask.bytes), step: state.steps,
      layers: account.layers(network),
      inputs: network.keptConnectionsOfInputs,
      inputShape: [input.channels, input.height, input.width])
    try observer.record(.prune(record), on: communicator)
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
