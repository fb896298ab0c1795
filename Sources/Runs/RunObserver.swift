import Communication

/// Where a step of a run stands, for a live display.
package struct StepProgress: Sendable {
  /// Pruning iteration, 0 for the unpruned network, and how many there will be.
  package let iteration, iterations: Int
  /// Epoch of the phase, counted from 1, and how many it has.
  package let epoch, epochs: Int
  /// Epochs of each phase to come.
  package let laterEpochs: Int
  /// Step of the epoch, counted from 1, and how many it has.
  package let step, steps: Int
  /// Images of a step.
  package let batch: Int
  /// Mean loss and accuracy of the epoch so far, on this rank's images.
  package let loss, accuracy: Double
  /// Kept / total.
  package let density: Double
}

/// Is told how a run goes. Every rank has one; only the root's shows or writes anything.
package protocol RunObserver: AnyObject {
  /// A step is done.
  func stepped(_ progress: StepProgress)
  /// Something goes on record.
  /// - Throws: what writing it throws.
  func recorded(_ record: RunRecord) throws
  /// Brings everything recorded to disk.
  /// - Returns: the bytes on record.
  /// - Throws: what that throws.
  func synchronise() throws -> Int
  /// Something the user should know.
  func noticed(_ text: String)
  /// Something went wrong that the run survives: said even where it is to be quiet.
  func warned(_ text: String)
}

extension RunObserver {
  /// Puts something on record while other ranks are answered.
  /// - Throws: what writing it throws.
  func record(_ record: RunRecord, on communicator: any Communicator) throws {
    try communicator.inspector.aside { try recorded(record) }
  }
}
