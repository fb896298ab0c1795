import CSignals
import Foundation

/// What a signal asks of a run; the larger one counts where ranks hear different ones.
package enum Request: Int32, Sendable {
  /// Nothing.
  case none
  /// A checkpoint, to go on after it (SIGUSR1).
  case checkpoint
  /// A checkpoint, to end after it (SIGUSR2; SIGTERM, SIGINT or SIGHUP to a rank itself).
  case stop
}

/// A rank was asked to stop, and all ranks have agreed to do so here.
package struct StopRequested: Error {
  /// All ranks stop.
  package init() {}
}

/// An agreement over ranks that is under way.
package protocol PendingAgreement {
  /// The largest number that any rank gave, once all have given one.
  func wait() throws -> Int32
}

/// What is asked of any rank, told to all ranks at the same call of `poll`.
///
/// A call starts an agreement that the next one finishes: it travels while ranks compute, and costs
/// nobody a wait. Where steps are short, several of them share an agreement, so that it costs
/// little beside them.
package final class Requests {
  private let heard: () -> Request
  private let answer: () throws -> Void
  private let agree: (Int32) throws -> any PendingAgreement
  private var pending: (any PendingAgreement)?
  private var isCheckpointAsked = false
  private var operations = 0

  /// Floating-point operations that are worth an agreement: some tenths of a millisecond.
  private static let worthwhile = 200_000_000

  /// The requests of a job.
  ///
  /// - Parameter heard: what this rank was asked for since the last call.
  /// - Parameter answer: answers inspections at every call.
  /// - Parameter agree: starts an agreement on the largest number.
  package init(
    heard: @escaping () -> Request, answer: @escaping () throws -> Void = {},
    agree: @escaping (Int32) throws -> any PendingAgreement
  ) {
    self.heard = heard
    self.answer = answer
    self.agree = agree
  }

  /// Finishes the agreement that is under way and starts the next, once enough is done.
  ///
  /// Every rank makes the same calls.
  /// - Parameter operations: floating-point operations of all ranks since the last call.
  /// - Throws: `StopRequested`, on every rank; what the agreement and the answer throw.
  package func poll(after operations: Int) throws {
    try answer()
    self.operations += operations
    guard self.operations >= Self.worthwhile else { return }
    self.operations = 0
    let agreed = try pending?.wait() ?? 0
    pending = nil
    if agreed == Request.stop.rawValue { throw StopRequested() }
    if agreed == Request.checkpoint.rawValue { isCheckpointAsked = true }
    pending = try agree(heard().rawValue)
  }

  /// Whether a checkpoint was asked for since the last call; the same on every rank.
  package func takeCheckpoint() -> Bool {
    defer { isCheckpointAsked = false }
    return isCheckpointAsked
  }

  /// Waits for the agreement that is still under way.
  /// - Throws: what it throws.
  func finish() throws {
    _ = try pending?.wait()
    pending = nil
  }

  /// Listens to signals from now on, as `Request` names them; what came before counts for nothing.
  /// - Throws: `SignalError`.
  package static func listen() throws {
    guard relief_signals_listen() == 0 else { throw SignalError() }
  }

  /// Ends the work of a process alone that signals have asked to stop.
  /// - Throws: `StopRequested`.
  package static func requireNoStop() throws {
    if relief_signals_stop() { throw StopRequested() }
  }

  /// What signals have asked of this process.
  package static func ofSignals() -> Request {
    if relief_signals_stop() { return .stop }
    return relief_signals_take_checkpoint() ? .checkpoint : .none
  }
}

/// Signals that the system will not let us listen to, or will not send in time.
package struct SignalError: Error, CustomStringConvertible {
  private let code = errno
  /// The call and the system's words.
  package var description: String { "sigaction or setitimer: \(String(cString: strerror(code)))" }
}
