import Tensors

/// What travels between ranks from the same places to the same places, whenever it is started.
package protocol Transfer: AnyObject {
  /// Starts it. Every rank starts transfers of one kind in the same order.
  func start() throws
  /// Lets it progress; true once it is complete.
  func test() throws -> Bool
  /// Returns when it is complete.
  func wait() throws
}

/// The ranks of a job, as one of them sees them. Every rank makes the same calls in the same order.
package protocol Communicator: BlockSum {
  /// This rank, 0 ..< worldSize.
  var rank: Int { get }
  /// How many ranks there are.
  var worldSize: Int { get }
  /// Bytes this rank has sent to others.
  var bytesSent: Int { get }
  /// Time this rank has spent in calls that send, receive or wait.
  var communicationSeconds: Double { get }

  /// The bytes that rank 0 has, on every rank.
  func broadcast(_ bytes: [UInt8]) throws -> [UInt8]
  /// The numbers of every rank, on every rank; ranks may have different counts.
  func gather(_ numbers: [Double]) throws -> [[Double]]
  /// The bytes of every rank, on every rank; ranks may have different counts.
  func gather(_ bytes: [UInt8]) throws -> [[UInt8]]

  /// Sends `send.count` ranges of floats, one to each rank, and receives one from each. Nothing is
  /// sent to oneself.
  func allToAll(
    from source: FloatBuffer, _ send: [Range<Int>], to target: FloatBuffer, _ receive: [Range<Int>]
  ) -> any Transfer
  /// Brings every rank's range of `buffer` to all ranks.
  func allGather(_ buffer: FloatBuffer, _ ranges: [Range<Int>]) -> any Transfer

  /// What signals ask of any rank.
  var requests: Requests { get }
  /// Sees to it that no wait is endless; knows what this rank is about.
  var inspector: StallInspector { get }

  /// Ends the job on all ranks at once with `code`; what is under way is lost.
  func abort(code: Int32) -> Never
  /// Leaves the job in good order.
  func finish() throws
}

extension Communicator {
  /// Whether this rank speaks for all: writes files, prints, decides.
  package var isRoot: Bool { rank == 0 }
}

extension Communicator {
  /// What the root's `make` returns, on every rank; the others do not call theirs. It is called
  /// aside.
  package func broadcast(fromRoot make: () throws -> [UInt8]) throws -> [UInt8] {
    try broadcast(isRoot ? inspector.aside(make) : [])
  }
}
