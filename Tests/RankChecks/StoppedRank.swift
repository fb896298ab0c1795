import Communication
import Foundation
import Tensors

/// A rank that stops (SIGSTOP) at its first call in a given phase, as if it hung there.
final class StoppedRank: Communicator {
  private let base: any Communicator
  private let phase: String

  init(_ base: any Communicator, in phase: String) { (self.base, self.phase) = (base, phase) }

  /// What all calls go to.
  private var communicator: any Communicator {
    if base.inspector.task == phase { raise(SIGSTOP) }
    return base
  }

  var rank: Int { communicator.rank }
  var worldSize: Int { communicator.worldSize }
  var bytesSent: Int { base.bytesSent }
  var communicationSeconds: Double { base.communicationSeconds }
  var requests: Requests { communicator.requests }
  var inspector: StallInspector { base.inspector }

  func broadcast(_ bytes: [UInt8]) throws -> [UInt8] { try communicator.broadcast(bytes) }
  func gather(_ numbers: [Double]) throws -> [[Double]] { try communicator.gather(numbers) }
  func gather(_ bytes: [UInt8]) throws -> [[UInt8]] { try communicator.gather(bytes) }
  func addUp(_ partials: inout BlockPartials) throws { try communicator.addUp(&partials) }
  func allToAll(
    from source: FloatBuffer, _ send: [Range<Int>], to target: FloatBuffer, _ receive: [Range<Int>]
  ) -> any Transfer { communicator.allToAll(from: source, send, to: target, receive) }
  func allGather(_ buffer: FloatBuffer, _ ranges: [Range<Int>]) -> any Transfer {
    communicator.allGather(buffer, ranges)
  }

  func abort(code: Int32) -> Never { base.abort(code: code) }
  func finish() throws {
    if phase == "end" { raise(SIGSTOP) }
    try base.finish()
  }
}
