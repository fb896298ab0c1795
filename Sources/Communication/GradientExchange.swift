import Optimizers
import Tensors

/// The exchange of one step's gradients, bucket by bucket: add what is ready, finish what is added.
///
/// Every rank sends its partial sums of each segment of a bucket to the segment's owner
/// (`MPI_Ialltoallv`); the owner adds them in tree order and steps its segment; the new parameters
/// go back to all (`MPI_Iallgatherv`). Reduce-scatter, step and all-gather move what a ring
/// allreduce of the gradients would, and the optimizer's state and time divide by the number of
/// ranks. All of it goes on while layers before the bucket's still compute.
package final class GradientExchange {
  private let communicator: any Communicator
  private let kernels: KernelSet
  private let parameters: FloatBuffer
  private let gradients: GradientPartials
  private let segments: ParameterSegments
  private let optimizer: any Optimizer
  private let received: FloatBuffer
  /// Where what is received for each bucket lies.
  private let landings: [Int]
  private let returns: [any Transfer]
  /// Parameters of each bucket whose gradients are not final yet.
  private var missing: [Int]
  /// Buckets in the order in which they became full, and how many of them are added up over ranks,
  /// and stepped.
  private var full: [Int] = []
  private var summed = 0
  private var stepped = 0
  /// The gradients of the owned segments of those that are added up, by bucket.
  private var totals: [FloatSlice?]
  /// What must see all of these before the first is stepped.
  private let clipping: GradientClipping?
  private var plans: [Int: Plan] = [:]
  /// Sums on their way up the tree.
  private var sums: [FloatSlice] = []

  /// What batches of one size need: who has which subtrees, and the transfers of each bucket.
  private struct Plan {
    let distribution: BlockDistribution
    let arrivals: [[any Transfer]]
  }

  /// An exchange of the gradients of `parameters`.
  ///
  /// - Parameters:
  ///   - images: the largest batch.
  ///   - optimizer: steps what this rank owns.
  ///   - clipping: limits the gradient's norm.
  package init(
    _ communicator: any Communicator, parameters: FloatBuffer, gradients: GradientPartials,
    segments: ParameterSegments, images: Int, optimizer: any Optimizer,
    clipping: GradientClipping? = nil, kernels: KernelSet
  ) {
    self.communicator = communicator
    self.kernels = kernels
    self.parameters = parameters
    self.gradients = gradients
    self.segments = segments
    self.optimizer = optimizer
    self.clipping = clipping
    totals = [FloatSlice?](repeating: nil, count: segments.buckets.count)
    let rounds = BlockShare.mostSubtrees(images: images, worldSize: communicator.worldSize)
    var landings: [Int] = []
    var landing = 0
    for bucket in segments.buckets {
      landings.append(landing)
      landing += bucket.owned.count * communicator.worldSize * rounds
    }
    self.landings = landings
    self.received = FloatBuffer(
      count: communicator.worldSize > 1 ? landing : 0, for: "gradients of other ranks")
    self.returns = segments.buckets.map { communicator.allGather(parameters, $0.segments) }
    self.missing = segments.buckets.map(\.range.count)
  }

  /// Where times are noted, if anywhere.
  package var timeline: Timeline?

  /// Tells that the gradients of parameters `range` are final, and that nothing reads these
  /// parameters any more in this step; they leave when their bucket is full. Every rank must tell
  /// in the same order; empty ranges say nothing.
  package func add(_ range: Range<Int>, share: BlockShare) throws {
    if range.isEmpty { return }
    let plan = plan(share)
    try progress(plan)
    guard let index = segments.buckets.firstIndex(where: { $0.range.contains(range.lowerBound) })
    else { preconditionFailure("parameters \(range) are in no bucket") }
    missing[index] -= range.count
    guard missing[index] == 0 else { return }
    full.append(index)
    try timed { for transfer in plan.arrivals[index] { try transfer.start() } }
  }

  /// Waits until every bucket is stepped and the new parameters are on all ranks.
  package func finish(share: BlockShare) throws {
    precondition(
      full.count == segments.buckets.count,
      "\(full.count) of \(segments.buckets.count) buckets were filled")
    let plan = plan(share)
    while summed < full.count {
      try timed { for transfer in plan.arrivals[full[summed]] { try transfer.wait() } }
      try addUp(plan)
    }
    if let clipping { try clip(by: try timed { try clipping.factor() }) }
    try timed { for bucket in full { try returns[bucket].wait() } }
    full.removeAll(keepingCapacity: true)
    (summed, stepped) = (0, 0)
    for (index, bucket) in segments.buckets.enumerated() { missing[index] = bucket.range.count }
  }

  /// One number a parameter from `state` (one number a parameter this rank owns), on every rank.
  package func gather(state: FloatBuffer) throws -> FloatBuffer {
    precondition(
      state.count == segments.ownedCount,
      "\(state.count) numbers of state, \(segments.ownedCount) owned")
    let full = FloatBuffer(count: parameters.count, for: "the optimizer's state")
    for bucket in segments.buckets {
      full.copy(bucket.state, of: state, to: bucket.owned)
      let transfer = communicator.allGather(full, bucket.segments)
      try transfer.start()
      try transfer.wait()
    }
    return full
  }

  /// Takes this rank's part of `full`, one number a parameter, as `gather` gave it, into `state`.
  package func scatter(_ full: FloatBuffer, to state: FloatBuffer) {
    precondition(
      full.count == parameters.count && state.count == segments.ownedCount,
      "\(full.count) numbers of \(parameters.count), state of \(state.count)")
    for bucket in segments.buckets { state.copy(bucket.owned, of: full, to: bucket.state) }
  }
}

extension GradientExchange {
  /// Adds up (and steps) what has arrived meanwhile, in the order of buckets, and lets the rest
  /// progress.
  private func progress(_ plan: Plan) throws {
    while summed < full.count {
      let hasArrived = try timed {
        try plan.arrivals[full[summed]].allSatisfy { try $0.test() }
      }
      guard hasArrived else { break }
      try addUp(plan)
    }
    try timed { for bucket in full[..<stepped] { _ = try returns[bucket].test() } }
  }

  /// Adds up the gradient of the next bucket's owned segment, and steps it where nothing clips.
  private func addUp(_ plan: Plan) throws {
    let index = full[summed]
    let gradient = timeline.measure("gradients", "sum") { total(index, plan.distribution) }
    totals[index] = gradient
    summed += 1
    guard let clipping else { return try step() }
    timeline.measure("gradients", "norm") { clipping.note(gradient, bucket: index) }
  }

  /// Steps all buckets with their gradients times `factor`.
  private func clip(by factor: Float) throws {
    while stepped < full.count {
      if factor < 1, let gradient = totals[full[stepped]] { kernels.scale(gradient, by: factor) }
      try step()
    }
  }

  /// Steps the owned segment of the next bucket and sends it to all ranks.
  private func step() throws {
    let index = full[stepped]
    let bucket = segments.buckets[index]
    guard let gradient = totals[index] else { preconditionFailure("bucket \(index) is not summed") }
    timeline.measure("optimizer", "step") {
      _ = optimizer.update(
        FloatSlice(parameters, bucket.owned), gradient: gradient, state: bucket.state)
    }
    try timed { try returns[index].start() }
    stepped += 1
  }

  private func timed<Result>(_ work: () throws -> Result) rethrows -> Result {
    try timeline.measure("gradients", "communication", work)
  }

  private func plan(_ share: BlockShare) -> Plan {
    if let plan = plans[share.images] { return plan }
    let plan = Plan(
      distribution: share.distribution,
      arrivals: segments.buckets.indices.map { arrivals($0, share.distribution) })
    plans[share.images] = plan
    return plan
  }

  private func arrivals(_ index: Int, _ distribution: BlockDistribution) -> [any Transfer] {
    guard communicator.worldSize > 1 else { return [] }
    return (0..<distribution.mostSubtrees).map { round in
      let sends = round < distribution.subtrees[communicator.rank].count
      let send = segments.buckets[index].segments.map { segment -> Range<Int> in
        let start = segment.lowerBound + round * gradients.stride
        return sends ? start..<start + segment.count : 0..<0
      }
      let receive = (0..<communicator.worldSize).map { rank in
        round < distribution.subtrees[rank].count
          ? landing(index, rank: rank, partial: round) : 0..<0
      }
      return communicator.allToAll(from: gradients.buffer, send, to: received, receive)
    }
  }

  private func landing(_ index: Int, rank: Int, partial: Int) -> Range<Int> {
    let count = segments.buckets[index].owned.count
    let start = landings[index] + (partial * communicator.worldSize + rank) * count
    return start..<start + count
  }

  /// The owned segment's gradient: all ranks' partial sums, added in tree order in place.
  private func total(_ index: Int, _ distribution: BlockDistribution) -> FloatSlice {
    sums.removeAll(keepingCapacity: true)
    var stack = TreeStack()
    var node = 0
    for rank in 0..<communicator.worldSize {
      for partial in distribution.subtrees[rank].indices {
        sums.append(
          rank == communicator.rank
            ? gradients.slice(segments.buckets[index].owned, partial: partial)
            : FloatSlice(received, landing(index, rank: rank, partial: partial)))
        stack.push(merges: Int(distribution.merges[node])) { kernels.add(sums[$0], to: sums[$1]) }
        sums.removeLast(sums.count - stack.count)
        node += 1
      }
    }
    precondition(sums.count == 1, "\(sums.count) sums are left of a batch's tree")
    return sums[0]
  }
}
