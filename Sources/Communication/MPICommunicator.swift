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

  private var gradients = relief_mpi_world()
  private var statistics = relief_mpi_world()

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
    var requests = world
    try check(MPI_Comm_dup(world, &gradients), call: "MPI_Comm_dup")
    try check(MPI_Comm_dup(world, &statistics), call: "MPI_Comm_dup")
    try check(MPI_Comm_dup(world, &requests), call: "MPI_Comm_dup")
    self.requests = Requests(heard: Requests.ofSignals) { try PendingMaximum($0, over: requests) }
  }

  /// See `Communicator`.
  public func broadcast(_ bytes: [UInt8]) throws -> [UInt8] {
    var count = bytes.count
    try check(
      MPI_Bcast(&count, Int32(MemoryLayout<Int>.size), relief_mpi_byte(), 0, statistics),
      call: "MPI_Bcast")
    var result = rank == 0 ? bytes : [UInt8](repeating: 0, count: count)
    try check(
      MPI_Bcast(&result, Int32(count), relief_mpi_byte(), 0, statistics), call: "MPI_Bcast")
    if rank == 0 { bytesSent += (worldSize - 1) * (count + MemoryLayout<Int>.size) }
    return result
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
    try check(
      MPI_Allgather(&count, 1, relief_mpi_int32(), &counts, 1, relief_mpi_int32(), statistics),
      call: "MPI_Allgather")
    let starts = Self.starts(counts)
    var all = [UInt8](repeating: 0, count: Int(counts.reduce(0, +)))
    try check(
      MPI_Allgatherv(
        bytes, count, relief_mpi_byte(), &all, counts, starts, relief_mpi_byte(), statistics),
      call: "MPI_Allgatherv")
    bytesSent += (worldSize - 1) * (bytes.count + MemoryLayout<Int32>.size)
    return zip(starts, counts).map { Array(all[Int($0)..<Int($0 + $1)]) }
  }

  /// See `BlockSum`.
  public func totals(of partials: [BlockPartials]) throws -> [[Double]] {
    let gathered = try gather(partials.flatMap { $0.sums.flatMap { $0 } })
    var positions = [Int](repeating: 0, count: worldSize)
    return partials.map { partial in
      var nodes: [BlockTree.Node] = []
      var sums: [[Double]] = []
      for rank in 0..<worldSize {
        let run = BlockRun(images: partial.run.images, rank: rank, worldSize: worldSize)
        nodes += run.subtrees
        for _ in run.subtrees {
          let start = positions[rank]
          sums.append(Array(gathered[rank][start..<start + partial.width]))
          positions[rank] += partial.width
        }
      }
      return BlockPartials.total(
        of: sums, nodes: nodes, tree: partial.run.tree, width: partial.width)
    }
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

  private static func starts(_ counts: [Int32]) -> [Int32] {
    var sum: Int32 = 0
    return counts.map { count in
      defer { sum += count }
      return sum
    }
  }
}

extension MPICommunicator {
  /// See `Communicator`.
  public func startAllToAll(
    from source: FloatBuffer, _ send: [Range<Int>], to target: FloatBuffer, _ receive: [Range<Int>]
  ) throws -> any PendingTransfer {
    let transfer = PendingRequest(send: send, receive: receive, except: rank)
    bytesSent += transfer.floatsSent * MemoryLayout<Float>.stride
    try check(
      MPI_Ialltoallv(
        source.base, transfer.sendCounts.base, transfer.sendStarts.base, relief_mpi_float(),
        target.base, transfer.receiveCounts.base, transfer.receiveStarts.base, relief_mpi_float(),
        gradients, &transfer.request), call: "MPI_Ialltoallv")
    return transfer
  }

  /// See `Communicator`.
  public func startAllGather(
    _ buffer: FloatBuffer, _ ranges: [Range<Int>]
  ) throws -> any PendingTransfer {
    let transfer = PendingRequest(send: [], receive: ranges, except: nil)
    bytesSent += (worldSize - 1) * ranges[rank].count * MemoryLayout<Float>.stride
    try check(
      MPI_Iallgatherv(
        relief_mpi_in_place(), 0, relief_mpi_float(), buffer.base, transfer.receiveCounts.base,
        transfer.receiveStarts.base, relief_mpi_float(), gradients, &transfer.request),
      call: "MPI_Iallgatherv")
    return transfer
  }
}

/// A request of MPI with the counts and places it reads until it is complete.
private final class PendingRequest: PendingTransfer {
  var request = relief_mpi_request_null()
  let sendCounts, sendStarts, receiveCounts, receiveStarts: AlignedBuffer<Int32>

  init(send: [Range<Int>], receive: [Range<Int>], except own: Int?) {
    func counts(_ ranges: [Range<Int>]) -> AlignedBuffer<Int32> {
      AlignedBuffer(ranges.enumerated().map { $0.offset == own ? 0 : Int32($0.element.count) })
    }
    func starts(_ ranges: [Range<Int>]) -> AlignedBuffer<Int32> {
      AlignedBuffer(ranges.map { Int32($0.lowerBound) })
    }
    (sendCounts, sendStarts) = (counts(send), starts(send))
    (receiveCounts, receiveStarts) = (counts(receive), starts(receive))
  }

  var floatsSent: Int { sendCounts.elements.reduce(0) { $0 + Int($1) } }

  func test() throws -> Bool {
    var complete: Int32 = 0
    try check(MPI_Test(&request, &complete, relief_mpi_status_ignore()), call: "MPI_Test")
    return complete != 0
  }

  func wait() throws { try check(MPI_Wait(&request, relief_mpi_status_ignore()), call: "MPI_Wait") }
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
