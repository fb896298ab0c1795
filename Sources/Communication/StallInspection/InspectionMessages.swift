/// Small messages from rank to rank that nobody waits for.
package protocol InspectionMessages: AnyObject {
  /// Starts to send `bytes`.
  func send(_ bytes: [UInt8], to rank: Int) throws
  /// A message that has arrived, with its sender, if there is one.
  func receive() throws -> (bytes: [UInt8], rank: Int)?
}

/// The messages of a job of one rank: none.
package final class NoMessages: InspectionMessages {
  package init() {}
  package func send(_ bytes: [UInt8], to rank: Int) {}
  package func receive() -> (bytes: [UInt8], rank: Int)? { nil }
}
