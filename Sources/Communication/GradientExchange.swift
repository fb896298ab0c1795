import Tensors

/// The exchange of one step's gradients, bucket by bucket: add what is ready, finish what is added.
///
/// A bucket is a range of the parameters, split into one segment a rank. Every rank sends its partial
/// sums of each segment to the segment's owner (`MPI_Ialltoallv`); the owner adds them in tree order
/// and steps its segment; the new parameters go back to all (`MPI_Iallgatherv`). Reduce-scatter, step
/// and all-gather move what a ring allreduce of the gradients would, and the optimizer's state and
/// time divide by the number of ranks.
public final class GradientExchange {
  private let communicator: any Communicator
  private let kernels: KernelSet
  private let parameters: FloatBuffer
  private let gradients: GradientPartials
  private let received: FloatBuffer
  private let buckets: [Bucket]
  private var underWay: [(bucket: Bucket, transfers: [any PendingTransfer])] = []
  /// Parameters of each bucket whose gradients are not final yet.
  private var missing: [Int]
  private var plans: [Int: Plan] = [:]

  /// Parameters whose gradients travel together, and what this rank owns of them.
  private struct Bucket {
    let range: Range<Int>
    let segments: [Range<Int>]
    let owned: Range<Int>
    /// Where the owned segment's optimizer state lies.
    let state: Range<Int>
    /// Where what is received for it lies.
    let landing: Int
  }

  /// The subtrees of every rank for batches of one size, and the additions that follow each.
  private struct Plan {
    let subtrees: [[BlockTree.Node]]
    let merges: [UInt8]
    var rounds: Int { subtrees.map(\.count).max() ?? 0 }
  }

  /// Buckets hold at least this many parameters, so that small layers travel together.
  private static let smallestBucket = 16_384

  /// An exchange for a network whose layers have parameters `ranges`, from input to output.
  ///
  /// - Parameter images: the largest batch.
  public init(
    _ communicator: any Communicator, parameters: FloatBuffer, gradients: GradientPartials,
    layers ranges: [Range<Int>], images: Int, kernels: KernelSet
  ) {
    self.communicator = communicator
    self.kernels = kernels
    self.parameters = parameters
    self.gradients = gradients
    var buckets: [Bucket] = []
    var state = 0
    var landing = 0
    let rounds = BlockRun.mostSubtrees(images: images, worldSize: communicator.worldSize)
    for range in Self.bucketRanges(ranges) {
      let segments = (0..<communicator.worldSize).map {
        Self.segment(of: range, rank: $0, worldSize: communicator.worldSize)
      }
      let owned = segments[communicator.rank]
      buckets.append(
        Bucket(
          range: range, segments: segments, owned: owned, state: state..<state + owned.count,
          landing: landing))
      state += owned.count
      landing += owned.count * communicator.worldSize * rounds
    }
    self.buckets = buckets
    self.missing = buckets.map(\.range.count)
    self.stateCount = state
    self.received = FloatBuffer(count: communicator.worldSize > 1 ? landing : 0)
  }

  /// Where times are noted, if anywhere.
  public var timeline: Timeline?

  /// Time spent in calls that send, receive or wait, since the start.
  public private(set) var communicationSeconds = 0.0

  /// Parameters this rank owns: the size of each of its optimizer's state buffers.
  public let stateCount: Int

  /// Tells that the gradients of parameters `range` are final; they leave when their bucket is full.
  /// Every rank must tell in the same order; empty ranges say nothing.
  public func add(_ range: Range<Int>, run: BlockRun) throws {
    if range.isEmpty { return }
    try timed {
      for entry in underWay { for transfer in entry.transfers { _ = try transfer.test() } }
      guard let index = buckets.firstIndex(where: { $0.range.contains(range.lowerBound) }) else {
        preconditionFailure("parameters \(range) are in no bucket")
      }
      missing[index] -= range.count
      if missing[index] == 0 {
        underWay.append((buckets[index], try start(buckets[index], plan(run))))
      }
    }
  }

  /// Waits for the gradients of every bucket, steps the owned segments with `update` and brings the
  /// new parameters to all ranks.
  ///
  /// - Parameter update: steps `parameters` by `gradient`; its optimizer state lies at `state`.
  public func finish(
    run: BlockRun,
    update: (_ parameters: FloatSlice, _ gradient: FloatSlice, _ state: Range<Int>) -> Void
  ) throws {
    precondition(
      underWay.count == buckets.count, "\(underWay.count) of \(buckets.count) buckets were filled")
    let plan = plan(run)
    var returns: [any PendingTransfer] = []
    for (bucket, transfers) in underWay {
      try timed { for transfer in transfers { try transfer.wait() } }
      timeline.measure("optimizer", "step") {
        update(FloatSlice(parameters, bucket.owned), total(of: bucket, plan), bucket.state)
      }
      try timed { returns.append(try communicator.startAllGather(parameters, bucket.segments)) }
    }
    try timed { for transfer in returns { try transfer.wait() } }
    underWay.removeAll(keepingCapacity: true)
    for index in buckets.indices { missing[index] = buckets[index].range.count }
  }

  /// One number a parameter from `state` (one number a parameter this rank owns), on every rank.
  public func gather(state: FloatBuffer) throws -> FloatBuffer {
    precondition(state.count == stateCount, "\(state.count) numbers of state, \(stateCount) owned")
    let full = FloatBuffer(count: parameters.count)
    for bucket in buckets {
      full.copy(bucket.state, of: state, to: bucket.owned)
      try communicator.startAllGather(full, bucket.segments).wait()
    }
    return full
  }

  /// Takes this rank's part of `full`, one number a parameter, as `gather` gave it, into `state`.
  public func scatter(_ full: FloatBuffer, to state: FloatBuffer) {
    precondition(
      full.count == parameters.count && state.count == stateCount,
      "\(full.count) numbers of \(parameters.count), state of \(state.count), \(stateCount) owned")
    for bucket in buckets { state.copy(bucket.owned, of: full, to: bucket.state) }
  }
}

extension GradientExchange {
  private func timed(_ work: () throws -> Void) rethrows {
    let start = ContinuousClock.now
    try timeline.measure("gradients", "communication", work)
    communicationSeconds += (ContinuousClock.now - start) / .seconds(1)
  }

  private func start(_ bucket: Bucket, _ plan: Plan) throws -> [any PendingTransfer] {
    guard communicator.worldSize > 1 else { return [] }
    return try (0..<plan.rounds).map { round in
      let sends = round < plan.subtrees[communicator.rank].count
      let send = bucket.segments.map { segment -> Range<Int> in
        let start = segment.lowerBound + round * gradients.stride
        return sends ? start..<start + segment.count : 0..<0
      }
      let receive = (0..<communicator.worldSize).map { rank -> Range<Int> in
        guard round < plan.subtrees[rank].count else { return 0..<0 }
        return landing(bucket, rank: rank, partial: round)
      }
      return try communicator.startAllToAll(from: gradients.buffer, send, to: received, receive)
    }
  }

  private func landing(_ bucket: Bucket, rank: Int, partial: Int) -> Range<Int> {
    let start =
      bucket.landing + (partial * communicator.worldSize + rank) * bucket.owned.count
    return start..<start + bucket.owned.count
  }

  /// The owned segment's gradient: all ranks' partial sums, added in tree order in place.
  private func total(of bucket: Bucket, _ plan: Plan) -> FloatSlice {
    var stack: [FloatSlice] = []
    var merges = plan.merges[...]
    for rank in 0..<communicator.worldSize {
      for partial in plan.subtrees[rank].indices {
        stack.append(
          rank == communicator.rank
            ? gradients.slice(bucket.owned, partial: partial)
            : FloatSlice(received, landing(bucket, rank: rank, partial: partial)))
        for _ in 0..<merges.removeFirst() {
          let right = stack.removeLast()
          kernels.add(right, to: stack[stack.count - 1])
        }
      }
    }
    precondition(stack.count == 1, "\(stack.count) sums are left of a batch's tree")
    return stack[0]
  }

  private func plan(_ run: BlockRun) -> Plan {
    if let plan = plans[run.images] { return plan }
    let plan = Self.plan(run.images, communicator.worldSize)
    plans[run.images] = plan
    return plan
  }

  private static func plan(_ images: Int, _ worldSize: Int) -> Plan {
    let runs = (0..<worldSize).map { BlockRun(images: images, rank: $0, worldSize: worldSize) }
    let subtrees = runs.map(\.subtrees)
    return Plan(subtrees: subtrees, merges: runs[0].tree.merges(of: subtrees.flatMap { $0 }))
  }

  /// Layer ranges joined from the last layer on until each bucket is large enough.
  private static func bucketRanges(_ layers: [Range<Int>]) -> [Range<Int>] {
    var buckets: [Range<Int>] = []
    for range in layers.reversed() where !range.isEmpty {
      if let last = buckets.last, last.count < smallestBucket || range.count < smallestBucket {
        buckets[buckets.count - 1] = range.lowerBound..<last.upperBound
      } else {
        buckets.append(range)
      }
    }
    return buckets
  }

  private static func segment(of range: Range<Int>, rank: Int, worldSize: Int) -> Range<Int> {
    let start = range.lowerBound + range.count * rank / worldSize
    return start..<range.lowerBound + range.count * (rank + 1) / worldSize
  }
}
