import CMPI
import Foundation
import Tensors

/// The ranks that mpirun started.
package final class MPICommunicator: Communicator {
  /// See `Communicator`.
  package let rank: Int
  /// See `Communicator`.
  package let worldSize: Int
  /// See `Communicator`.
  package private(set) var bytesSent = 0
  /// See `Communicator`.
  package private(set) var communicationSeconds = 0.0

  // Each kind of transfer keeps an order of its own, the same on every rank.
  private let gradients, parameters: MPI_Comm?
  let collectives: MPI_Comm?
  /// What short sums over blocks are gathered in.
  var gathered = AlignedBuffer<Double>(count: 0)
  let counts, starts: AlignedBuffer<Int32>

  /// See `Communicator`.
  package let requests: Requests
  /// See `Communicator`.
  package let inspector: StallInspector

  /// Whether a launcher has started this process as one of several.
  package static var isLaunched: Bool {
    let environment = ProcessInfo.processInfo.environment
    return ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"].contains { environment[$0] != nil }
  }

  /// Whether a launcher has started this process as one of several, and not as the first.
  package static var isLaunchedBesideRoot: Bool {
    let environment = ProcessInfo.processInfo.environment
    return ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK"].contains { name in
      environment[name].flatMap { Int($0) }.map { $0 > 0 } ?? false
    }
  }

  /// Starts MPI.
  ///
  /// - Parameter limit: seconds that ranks wait for each other until it is known otherwise; MPI's
  ///   own start may take twice as long.
  /// - Throws: `MPIError`, `SignalError`; `StallError`.
  package init(limit: Double = StallInspector.defaultLimit) throws {
    try Deadline.set(after: 2 * limit, call: "MPI_Init_thread")
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
    gradients = try Self.duplicate(world)
    parameters = try Self.duplicate(world)
    collectives = try Self.duplicate(world)
    let requests = try Self.duplicate(world)
    let inspector = StallInspector(
      rank: Int(rank), hosts: [String](repeating: "an unknown host", count: Int(size)),
      messages: MPIMessages(over: try Self.duplicate(world)), limit: limit)
    self.inspector = inspector
    self.requests = Requests(heard: Requests.ofSignals, answer: inspector.answer) {
      try PendingMaximum($0, over: requests, inspector)
    }
    try Deadline.callOff()
    inspector.hosts = try gather(Array(try Self.host.utf8)).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  private static func duplicate(_ world: MPI_Comm?) throws -> MPI_Comm? {
    var copy = world
    try check(MPI_Comm_dup(world, &copy), call: "MPI_Comm_dup")
    return copy
  }

  private static var host: String {
    get throws {
      var name = [CChar](repeating: 0, count: Int(MPI_MAX_PROCESSOR_NAME))
      var length: Int32 = 0
      try check(MPI_Get_processor_name(&name, &length), call: "MPI_Get_processor_name")
      return String(
        decoding: name.prefix(Int(length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  /// See `Communicator`.
  package func broadcast(_ bytes: [UInt8]) throws -> [UInt8] {
    var count = bytes.count
    return try timed(sending: rank == 0 ? count + MemoryLayout<Int>.size : 0) {
      try withUnsafeMutableBytes(of: &count, broadcast)
      var result = rank == 0 ? bytes : [UInt8](repeating: 0, count: count)
      try result.withUnsafeMutableBytes { memory in
        // MPI counts in 32 bits.
        for start in stride(from: 0, to: count, by: 1 << 30) {
          let piece = memory[start..<min(start + 1 << 30, count)]
          try broadcast(UnsafeMutableRawBufferPointer(rebasing: piece))
        }
      }
      return result
    }
  }

  /// See `Communicator`.
  package func gather(_ numbers: [Double]) throws -> [[Double]] {
    try gather(numbers.withUnsafeBytes(Array.init)).map { bytes in
      bytes.withUnsafeBytes { raw in
        (0..<raw.count / MemoryLayout<Double>.size).map {
          raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Double>.size, as: Double.self)
        }
      }
    }
  }

  /// See `Communicator`.
  package func gather(_ bytes: [UInt8]) throws -> [[UInt8]] {
    var counts = [Int32](repeating: 0, count: worldSize)
    counts[rank] = Int32(bytes.count)
    return try timed(sending: bytes.count + MemoryLayout<Int32>.size) {
      try counts.withUnsafeMutableBufferPointer { counts in
        try complete("MPI_Iallgather") {
          MPI_Iallgather(
            relief_mpi_in_place(), 1, relief_mpi_int32(), counts.baseAddress, 1,
            relief_mpi_int32(), collectives, &$0)
        }
      }
      let parts = Parts(counts)
      var all = [UInt8](repeating: 0, count: Int(counts.reduce(0, +)))
      try all.withUnsafeMutableBytes { all in
        try bytes.withUnsafeBytes { bytes in
          try complete("MPI_Iallgatherv") {
            MPI_Iallgatherv(
              bytes.baseAddress, Int32(bytes.count), relief_mpi_byte(), all.baseAddress,
              parts.counts.base, parts.starts.base, relief_mpi_byte(), collectives, &$0)
          }
        }
      }
      return zip(parts.starts.elements, counts).map { Array(all[Int($0)..<Int($0 + $1)]) }
    }
  }

  /// See `Communicator`.
  package func abort(code: Int32) -> Never {
    // Where there is no deadline, mpirun is left to notice.
    try? Deadline.set(after: 2 * inspector.limit, call: "MPI_Abort", code: code)
    MPI_Abort(relief_mpi_world(), code)
    exit(code)
  }

  /// See `Communicator`.
  package func finish() throws {
    try inspector.during("end") {
      try requests.finish()
      // All ranks are about to leave, so that MPI's own end does not wait for one that is at work.
      try complete("MPI_Ibarrier") { MPI_Ibarrier(collectives, &$0) }
      try inspector.answer()
    }
    try Deadline.set(after: 2 * inspector.limit, call: "MPI_Finalize")
    try check(MPI_Finalize(), call: "MPI_Finalize")
    try Deadline.callOff()
  }

  /// See `Communicator`.
  package func allToAll(
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
  package func allGather(_ buffer: FloatBuffer, _ ranges: [Range<Int>]) -> any Transfer {
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
    defer { communicationSeconds += start.elapsedSeconds }
    bytesSent += bytes
    return try work()
  }

  /// Broadcasts the root's `memory` into everybody's.
  private func broadcast(_ memory: UnsafeMutableRawBufferPointer) throws {
    try complete("MPI_Ibcast") {
      MPI_Ibcast(
        memory.baseAddress, Int32(memory.count), relief_mpi_byte(), 0, collectives, &$0)
    }
  }

  /// Makes the call `start` and waits until what it starts is complete.
  func complete(_ call: String, _ start: (inout MPI_Request?) -> Int32) throws {
    var request = relief_mpi_request_null()
    try check(start(&request), call: call)
    try inspector.wait(for: &request)
  }
}
