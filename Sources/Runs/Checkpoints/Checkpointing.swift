import Communication
import Foundation
import Recipes
import Storage

/// Sees to it that a run survives: saves it when a checkpoint is due or asked for.
///
/// The one for an epoch or a pruning iteration is left out while checkpoints have taken more than 2
/// % of the time; then the next is due. The root's clock decides. What a run comes to does not
/// depend on it.
final class Checkpointing {
  private static let share = 0.02

  private let settings: Recipe.Checkpoint
  private let demand: CheckpointDemand
  private let communicator: any Communicator
  private let observer: any RunObserver
  private let store: any CheckpointStore
  private let networks: PatientStore
  private let audit: Audit
  /// Whether every epoch's start is kept, because runs go back there.
  private let keepsEpochs: Bool
  private let budget = TimeBudget(share: share)
  /// What `takeSeconds` has given away.
  private var taken = 0.0

  init(
    _ demand: CheckpointDemand, communicator: any Communicator, observer: any RunObserver,
    store: any CheckpointStore, networks: PatientStore, audit: Audit
  ) {
    self.settings = demand.recipe.checkpoint
    self.keepsEpochs = demand.recipe.safety.onNonfinite == .rollback
    self.audit = audit
    self.demand = demand
    self.communicator = communicator
    self.observer = observer
    self.store = store
    self.networks = networks
  }

  /// A training step is done.
  /// - Throws: `StopRequested`; what ranks throw.
  func stepped(_ state: inout RunState) throws {
    communicator.inspector.step = state.steps
    try communicator.requests.poll(after: state.replica.stepOperations)
    let isDue = settings.steps > 0 && state.steps.isMultiple(of: settings.steps)
    if communicator.requests.takeCheckpoint() || isDue { try save(&state) }
  }

  /// An epoch begins, or goes on.
  /// - Throws: what ranks throw.
  func epochBegins(_ state: inout RunState) throws {
    if keepsEpochs && state.training.step == 0 { try save(&state) }
  }

  /// An epoch is done, and its phase goes on.
  /// - Throws: what ranks throw.
  func epochEnded(_ state: inout RunState) throws {
    let isDue =
      !keepsEpochs && settings.epochs > 0 && state.training.epoch.isMultiple(of: settings.epochs)
    if try communicator.requests.takeCheckpoint() || isDue && isAffordable() { try save(&state) }
  }

  /// A network is trained to its end.
  /// - Throws: what ranks throw.
  func iterationEnded(_ state: inout RunState) throws {
    if try communicator.requests.takeCheckpoint() || settings.epochs > 0 && isAffordable() {
      try save(&state)
    }
  }

  /// Saves a run that is to stop.
  /// - Throws: `UnsavedError`; what ranks throw.
  func stop(_ state: inout RunState) throws {
    do { try write(&state) } catch let failure as AgreedFailure {
      throw UnsavedError(reason: failure.message, outcome: "stopped without a new checkpoint")
    }
  }

  /// The checkpoint of the start of the epoch, to go on from; nil where it is not whole.
  /// - Throws: what ranks throw.
  func startOfEpoch(_ state: RunState) throws -> Checkpoint? {
    try store.checkpoint(after: firstStep(of: state), demand)
  }

  /// Removes the checkpoints after that of `state`: the run comes by there again.
  /// - Throws: `AgreedFailure`; what ranks throw.
  func goBack(to state: RunState) throws { try store.cut(after: state.steps) }

  /// Wall times of the run so far.
  func clocks(of state: RunState) -> Checkpoint.Clocks {
    Checkpoint.Clocks(
      run: state.before.run + budget.whole,
      checkpoints: state.before.checkpoints + budget.spent)
  }

  /// What checkpoints took since the last call, on this rank.
  func takeSeconds() -> Double {
    defer { taken = budget.spent }
    return budget.spent - taken
  }

  /// Saves the run; where that cannot be, the run says so and goes on.
  private func save(_ state: inout RunState) throws {
    do { try write(&state) } catch let failure as AgreedFailure {
      observer.warned("no checkpoint after step \(state.steps): \(failure.message); going on")
    }
  }

  private func write(_ state: inout RunState) throws {
    try communicator.inspector.during("checkpoint") { try writeNow(&state) }
  }

  private func writeNow(_ state: inout RunState) throws {
    try audit.everything(of: state)
    try budget.spend { try storeNow(&state) }
  }

  private func storeNow(_ state: inout RunState) throws {
    if state.trained == nil { try state.training.meter.addUp(communicator) }
    var checkpoint = try Checkpoint(state, identity: demand.identity)
    // Records and networks first: a checkpoint on disk must not count any that may yet be lost.
    let bytes = try communicator.agree {
      try networks.write()
      return try observer.synchronise()
    }
    let clocks = clocks(of: state)
    let root = try communicator.gather([Double(bytes), clocks.run, clocks.checkpoints])[0]
    checkpoint.header.metricsBytes = Int(root[0])
    checkpoint.header.clocks = Checkpoint.Clocks(run: root[1], checkpoints: root[2])
    try store.store(checkpoint)
    // A run is no worse saved for an old file that stays.
    let spared = keepsEpochs ? firstStep(of: state) : nil
    do { try communicator.inspector.aside { try store.tidy(sparing: spared) } } catch let error
      as FileError
    {
      observer.warned("old checkpoints stay: \(error)")
    }
  }

  /// The steps of the run before its epoch.
  private func firstStep(of state: RunState) -> Int { state.steps - state.training.step }

  /// Whether one more checkpoint leaves their time within its share of the whole.
  private func isAffordable() throws -> Bool {
    try communicator.broadcast(fromRoot: { [budget.isAffordable ? 1 : 0] }) == [1]
  }
}
