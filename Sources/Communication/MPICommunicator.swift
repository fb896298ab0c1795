import CMPI
import Foundation
import Tensors

/// The ranks that mpirun started.
public final class MPICommunicator: Communicator {
  /// See `Communicator`.
  public let rank: Int
  /// See `Communicator`.
  public let worldSize: Int
  /// See `Communicator`.
  public private(set) var bytesSent = 0
  /// See `Communicator`.
  public private(set) var communicationSeconds = 0.0

  // Each kind of transfer keeps an order of its own, the same on every rank.
  private var gradients = relief_mpi_world()
  private var parameters = relief_mpi_world()
  private var statistics = relief_mpi_world()
  private var gathered = AlignedBuffer<Double>(count: 0)
  private let counts, starts: AlignedBuffer<Int32>

  /// See `Communicator`.
  public let requests: Requests

  /// Whether a launcher has started this process as one of several.
  public static var isLaunched: Bool {
    let environment = ProcessInfo.processInfo.environment
    return ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"].contains { environment[$0] != nil }
  }

  /// Starts MPI.
  /// - Throws: `MPIError`.
  public init() throws {
    var provided: Int32 = 0
    try check(
      MPI_Init_thread(nil, nil, Int32(MPI_THREAD_FUNNELED), &provided), call: "MPI_Init_thread")
    let world = relief_mpi_world()
    try check(
      MPI_Comm_set_errhandler(world, relief_mpi_errors_return()), call: "MPI_Comm_set_errhandler")
    var rank: Int32 = 0
    var size: Int32 = 0
    try check(MPI_Comm_rank(world, &rank), call: "MPI_Comm_rank")
    try check(MPI_Comm_size(world, &size), call: "MPI_Comm_size")
    self.rank = Int(rank)
    self.worldSize = Int(size)
    (counts, starts) = (AlignedBuffer(count: Int(size)), AlignedBuffer(count: Int(size)))
    var requests = world
    try check(MPI_Comm_dup(world, &gradients), call: "MPI_Comm_dup")
    try check(MPI_Comm_dup(world, &parameters), call: "MPI_Comm_dup")
    try check(MPI_Comm_dup(world, &statistics), call: "MPI_Comm_dup")
    try check(MPI_Comm_dup(world, &requests), call: "MPI_Comm_dup")
    self.requests = Requests(heard: Requests.ofSignals) { try PendingMaximum($0, over: requests) }
  }

  /// See `Communicator`.
  public func broadcast(_ bytes: [UInt8]) throws -> [UInt8] {
    var count = bytes.count
    let header = MemoryLayout<Int>.size
    return try timed(sending: rank == 0 ? count + header : 0) {
      try check(
        MPI_Bcast(&count, Int32(header), relief_mpi_byte(), 0, statistics), call: "MPI_Bcast")
      var result = rank == 0 ? bytes : [UInt8](repeating: 0, count: count)
      try check(
        MPI_Bcast(&result, Int32(count), relief_mpi_byte(), 0, statistics), call: "MPI_Bcast")
      return result
    }
  }

  /// See `Communicator`.
  public func gather(_ numbers: [Double]) throws -> [[Double]] {
    try gather(numbers.withUnsafeBytes(Array.init)).map { bytes in
      bytes.withUnsafeBytes { raw in
        (0..<raw.count / MemoryLayout<Double>.size).map {
          raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Double>.size, as: Double.self)
        }
      }
    }
  }

  /// See `Communicator`.
  public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    var count = Int32(bytes.count)
    var counts = [Int32](repeating: 0, count: worldSize)
    return try timed(sending: bytes.count + MemoryLayout<Int32>.size) {
      try check(
        MPI_Allgather(&count, 1, relief_mpi_int32(), &counts, 1, relief_mpi_int32(), statistics),
        call: "MPI_Allgather")
      let starts = Self.starts(counts)
      var all = [UInt8](repeating: 0, count: Int(counts.reduce(0, +)))
      try check(
        MPI_Allgatherv(
          bytes, count, relief_mpi_byte(), &all, counts, starts, relief_mpi_byte(), statistics),
        call: "MPI_Allgatherv")
      return zip(starts, counts).map { Array(all[Int($0)..<Int($0 + $1)]) }
    }
  }

  /// See `BlockSum`.
  public func addUp(_ partials: inout BlockPartials) throws {
    // Every rank knows what the others have.
    var total = 0
    for (rank, nodes) in partials.run.deal.subtrees.enumerated() {
      starts[rank] = Int32(total)
      counts[rank] = Int32(nodes.count * partials.width)
      total += nodes.count * partials.width
    }
    if gathered.count < total { gathered = AlignedBuffer(count: total) }
    let own = Int(counts[rank])
    precondition(partials.sums.count == own, "\(partials.sums.count) sums, \(own) expected")
    try partials.sums.withUnsafeBufferPointer { sums in
      try timed(sending: own * MemoryLayout<Double>.size) {
        try check(
          MPI_Allgatherv(
            sums.baseAddress, Int32(own), relief_mpi_double(), gathered.base, counts.base,
            starts.base, relief_mpi_double(), statistics), call: "MPI_Allgatherv")
      }
    }
    partials.complete(with: gathered.base)
  }

  /// See `Communicator`.
  public func abort(code: Int32) -> Never {
    MPI_Abort(relief_mpi_world(), code)
    exit(code)
  }

  /// See `Communicator`.
  public func finish() throws {
    try requests.finish()
    try check(MPI_Finalize(), call: "MPI_Finalize")
  }

  /// See `Communicator`.
  public func allToAll(
    from source: FloatBuffer, _ send: [Range<Int>], to target: FloatBuffer, _ receive: [Range<Int>]
  ) -> any Transfer {
    let (own, communicator) = (rank, gradients)
    let (sent, received) = (Parts(send, except: own), Parts(receive, except: own))
    return MPITransfer(self, bytes: sent.bytes) { request in
      try check(
        MPI_Ialltoallv(
          source.base, sent.counts.base, sent.starts.base, relief_mpi_float(), target.base,
          received.counts.base, received.starts.base, relief_mpi_float(), communicator, request),
        call: "MPI_Ialltoallv")
    }
  }

  /// See `Communicator`.
  public func allGather(_ buffer: FloatBuffer, _ ranges: [Range<Int>]) -> any Transfer {
    let communicator = parameters
    let parts = Parts(ranges, except: nil)
    let bytes = (worldSize - 1) * ranges[rank].count * MemoryLayout<Float>.stride
    return MPITransfer(self, bytes: bytes) { request in
      try check(
        MPI_Iallgatherv(
          relief_mpi_in_place(), 0, relief_mpi_float(), buffer.base, parts.counts.base,
          parts.starts.base, relief_mpi_float(), communicator, request), call: "MPI_Iallgatherv")
    }
  }

  /// Does what communicates, and counts its time and the bytes that go to each other rank.
  func timed<Result>(sending bytes: Int = 0, _ work: () throws -> Result) rethrows -> Result {
    try timed(sendingInAll: (worldSize - 1) * bytes, work)
  }

  /// Does what communicates, and counts its time and its bytes.
  func timed<Result>(sendingInAll bytes: Int, _ work: () throws -> Result) rethrows -> Result {
    let start = ContinuousClock.now
    defer { communicationSeconds += (ContinuousClock.now - start) / .seconds(1) }
    bytesSent += bytes
    return try work()
  }

  private static func starts(_ counts: [Int32]) -> [Int32] {
    var sum: Int32 = 0
    return counts.map { count in
      defer { sum += count }
      return sum
    }
  }
}

/// A maximum over ranks with the memory that MPI uses until it is complete.
private final class PendingMaximum: PendingAgreement {
  private var request = relief_mpi_request_null()
  private let own, largest: AlignedBuffer<Int32>

  init(_ value: Int32, over communicator: MPI_Comm?) throws {
    (own, largest) = (AlignedBuffer([value]), AlignedBuffer(count: 1))
    try check(
      MPI_Iallreduce(
        own.base, largest.base, 1, relief_mpi_int32(), relief_mpi_max(), communicator, &request),
      call: "MPI_Iallreduce")
  }

  func wait() throws -> Int32 {
    try check(MPI_Wait(&request, relief_mpi_status_ignore()), call: "MPI_Wait")
    return largest[0]
  }
}
