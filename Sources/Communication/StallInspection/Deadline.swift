import CSignals
import Foundation
import Outcomes

/// Ends the process where a call of MPI blocks that cannot be polled: MPI's own start and end.
enum Deadline {
  /// Gives `call` so many seconds, until the deadline is called off.
  ///
  /// - Parameter code: what the process returns if they are not enough.
  /// - Throws: `SignalError`.
  static func set(after seconds: Double, call: String, code: Int32 = ExitCode.stalled.rawValue)
    throws
  {
    let message = """
      relief-dist: error: \(call) has not returned for \(seconds.formatted()) s: a rank or a host is \
      out of reach\n
      """
    guard relief_deadline_set(seconds, code, message) == 0 else { throw SignalError() }
  }

  /// The call has returned.
  /// - Throws: `SignalError`.
  static func callOff() throws {
    guard relief_deadline_set(0, 0, "") == 0 else { throw SignalError() }
  }
}
