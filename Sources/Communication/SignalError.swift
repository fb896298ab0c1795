import Foundation

/// Signals that the system will not let us listen to, or will not send in time.
package struct SignalError: Error, CustomStringConvertible {
  private let code = errno
  /// The call and the system's words.
  package var description: String { "sigaction or setitimer: \(String(cString: strerror(code)))" }
}
