import Foundation

/// Signals that the system will not let us listen to.
public struct SignalError: Error, CustomStringConvertible {
  private let code = errno
  /// The call and the system's words.
  public var description: String { "sigaction: \(String(cString: strerror(code)))" }
}
