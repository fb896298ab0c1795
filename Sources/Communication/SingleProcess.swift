import Foundation
import Tensors

/// A job of one rank, without MPI.
package final class SingleProcess: Communicator {
  /// 0.
  package let rank = 0
  /// 1.
  package let worldSize = 1
  /// 0.
  package let bytesSent = 0
  /// 0.
  package let communicationSeconds = 0.0

  /// See `Communicator`.
  package let requests: Requests
  /// See `Communicator`.
  package let inspector = StallInspector()

  /// A job of one.
  ///
  /// - Parameter heard: what is asked of it; signals, unless a test asks.
  package init(heard: @escaping () -> Request = Requests.ofSignals) {
    requests = Requests(heard: heard) { Agreed(value: $0) }
  }

  /// See `Communicator`.
  package func broadcast(_ bytes: [UInt8]) -> [UInt8] { bytes }
  /// See `Communicator`.
  package func gather(_ numbers: [Double]) -> [[Double]] { [numbers] }
  /// See `Communicator`.
  package func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
  /// See `BlockSum`.
  package func addUp(_ partials: inout BlockPartials) { partials.completeAlone() }

  /// See `Communicator`.
  package func allToAll(
    from source: FloatBuffer, _ send: [Range<Int>], to target: FloatBuffer, _ receive: [Range<Int>]
  ) -> any Transfer { Complete() }
  /// See `Communicator`.
  package func allGather(_ buffer: FloatBuffer, _ ranges: [Range<Int>]) -> any Transfer {
    Complete()
  }

  /// See `Communicator`.
  package func abort(code: Int32) -> Never { exit(code) }
  /// See `Communicator`.
  package func finish() {}

  private struct Agreed: PendingAgreement {
    let value: Int32
    func wait() -> Int32 { value }
  }

  private final class Complete: Transfer {
    func start() {}
    func test() -> Bool { true }
    func wait() {}
  }
}
