import Communication
import Foundation
import Storage

/// Sees to it that a run survives: writes checkpoints when they are due or asked for.
///
/// The one for an epoch or a pruning iteration is left out while checkpoints have taken more than 2 % of
/// the time; then the next is due. The root's clock decides. What a run comes to does not depend on it.
final class Checkpointing {
  private static let share = 0.02

  private let settings: Recipe.Checkpoint
  private let identity: RunIdentity
  private let communicator: any Communicator
  private let observer: any RunObserver
  private let store: any RunStore
  private let start = ContinuousClock.now
  private var spent = 0.0
  /// What the quickest one took: one that waited long for a disk is no measure of the next.
  private var least: Double?

  init(
    _ settings: Recipe.Checkpoint, identity: RunIdentity, communicator: any Communicator,
    observer: any RunObserver, store: any RunStore
  ) {
    self.settings = settings
    self.identity = identity
    self.communicator = communicator
    self.observer = observer
    self.store = store
  }

  /// A training step is done.
  /// - Throws: `StopRequested`; what ranks throw.
  func stepped(_ state: inout RunState) throws {
    try communicator.requests.poll(after: state.replica.stepOperations)
    let isDue = settings.steps > 0 && state.steps.isMultiple(of: settings.steps)
    if communicator.requests.takeCheckpoint() || isDue { try save(&state) }
  }

  /// An epoch is done, and its phase goes on.
  /// - Throws: what ranks throw.
  func epochEnded(_ state: inout RunState) throws {
    let isDue = settings.epochs > 0 && state.training.epoch.isMultiple(of: settings.epochs)
    if try communicator.requests.takeCheckpoint() || isDue && isAffordable() { try save(&state) }
  }

  /// A network is trained to its end.
  /// - Throws: what ranks throw.
  func iterationEnded(_ state: inout RunState) throws {
    if try communicator.requests.takeCheckpoint() || settings.epochs > 0 && isAffordable() {
      try save(&state)
    }
  }

  /// Writes the last checkpoint of a run that is to stop.
  /// - Throws: `AgreedFailure` where it cannot be written; what ranks throw.
  func stop(_ state: inout RunState) throws { try write(&state) }

  /// Wall time of the run so far, that of earlier processes included.
  func seconds(of state: RunState) -> Double {
    state.secondsBefore + (ContinuousClock.now - start) / .seconds(1)
  }

  /// Writes a checkpoint; where it cannot be written, the run says so and goes on.
  private func save(_ state: inout RunState) throws {
    do { try write(&state) } catch let failure as AgreedFailure {
      observer.noticed("no checkpoint: \(failure.message); going on")
    }
  }

  private func write(_ state: inout RunState) throws {
    let clock = ContinuousClock.now
    if state.trained == nil { try state.training.meter.addUp(state.replica) }
    var checkpoint = try Checkpoint(
      state, seconds: seconds(of: state), identity: identity)
    try communicator.agree(describe: Self.describe) {
      checkpoint.header.metricsBytes = try observer.synchronise()
      try store.store(checkpoint)
    }
    let taken = (ContinuousClock.now - clock) / .seconds(1)
    least = min(least ?? taken, taken)
    spent += taken
  }

  /// Whether one more checkpoint leaves their time within its share of the whole.
  private func isAffordable() throws -> Bool {
    try communicator.broadcast(fromRoot: {
      let whole = (ContinuousClock.now - start) / .seconds(1)
      return [spent + (least ?? 0) <= Self.share * whole ? 1 : 0]
    }) == [1]
  }

  private static func describe(_ error: any Error) -> (code: Int32, message: String) {
    let code = (error as? any UserFacingError)?.exitCode ?? .internalError
    return (code.rawValue, "\(error)")
  }
}
