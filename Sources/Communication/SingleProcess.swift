import Foundation
import Tensors

/// A job of one rank, without MPI.
public final class SingleProcess: Communicator {
  /// 0.
  public let rank = 0
  /// 1.
  public let worldSize = 1
  /// 0.
  public let bytesSent = 0
  /// 0.
  public let communicationSeconds = 0.0

  /// See `Communicator`.
  public let requests: Requests
  /// See `Communicator`.
  public let watch = Watch()

  /// A job of one.
  ///
  /// - Parameter heard: what is asked of it; signals, unless a test asks.
  public init(heard: @escaping () -> Request = Requests.ofSignals) {
    requests = Requests(heard: heard) { Agreed(value: $0) }
  }

  /// See `Communicator`.
  public func broadcast(_ bytes: [UInt8]) -> [UInt8] { bytes }
  /// See `Communicator`.
  public func gather(_ numbers: [Double]) -> [[Double]] { [numbers] }
  /// See `Communicator`.
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
  /// See `BlockSum`.
  public func addUp(_ partials: inout BlockPartials) { partials.completeAlone() }

  /// See `Communicator`.
  public func allToAll(
    from source: FloatBuffer, _ send: [Range<Int>], to target: FloatBuffer, _ receive: [Range<Int>]
  ) -> any Transfer { Complete() }
  /// See `Communicator`.
  public func allGather(_ buffer: FloatBuffer, _ ranges: [Range<Int>]) -> any Transfer {
    Complete()
  }

  /// See `Communicator`.
  public func abort(code: Int32) -> Never { exit(code) }
  /// See `Communicator`.
  public func finish() {}

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
