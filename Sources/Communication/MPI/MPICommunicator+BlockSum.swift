import CMPI
import Tensors

extension MPICommunicator {
  /// See `BlockSum`.
  package func addUp(_ partials: inout BlockPartials) throws {
    let distribution = partials.share.distribution
    let own = distribution.subtrees[rank].count * partials.width
    precondition(partials.sums.count == own, "\(partials.sums.count) sums, \(own) expected")
    let route = BlockSumRoute(distribution, width: partials.width)
    if route.isGathered {
      try gather(&partials, distribution, nodes: route.nodes)
    } else {
      try timed(sendingInAll: route.bytes(from: rank)) { try addUpInSegments(&partials, route) }
    }
  }

  private func gather(
    _ partials: inout BlockPartials, _ distribution: BlockDistribution, nodes: Int
  ) throws {
    // Every rank knows what the others have.
    place { distribution.subtrees[$0].count * partials.width }
    if gathered.count < nodes * partials.width {
      gathered = AlignedBuffer(count: nodes * partials.width, for: "sums over ranks")
    }
    try partials.sums.withUnsafeBufferPointer { sums in
      try timed(sending: sums.count * MemoryLayout<Double>.stride) {
        try complete("MPI_Iallgatherv") {
          MPI_Iallgatherv(
            sums.baseAddress, Int32(sums.count), relief_mpi_double(), gathered.base, counts.base,
            starts.base, relief_mpi_double(), collectives, &$0)
        }
      }
    }
    partials.complete(with: gathered.base)
  }

  private func addUpInSegments(_ partials: inout BlockPartials, _ route: BlockSumRoute) throws {
    let totals = AlignedBuffer<Double>(count: partials.width, for: "sums over ranks")
    for columns in route.columns {
      let segments = route.segments(of: columns)
      let own = try segment(segments, of: partials, columns)
      for (column, value) in zip(segments[rank], own) { totals[column] = value }
      place { segments[$0].count }
      try complete("MPI_Iallgatherv") {
        MPI_Iallgatherv(
          relief_mpi_in_place(), 0, relief_mpi_double(), totals.base + columns.lowerBound,
          counts.base, starts.base, relief_mpi_double(), collectives, &$0)
      }
    }
    partials.complete(withTotal: totals.elements)
  }

  /// The total of this rank's segment of `columns`.
  private func segment(
    _ segments: [Range<Int>], of partials: BlockPartials, _ columns: Range<Int>
  ) throws -> [Double] {
    let subtrees = partials.share.distribution.subtrees
    let rows = subtrees[rank].count
    // [rank][node][column of the rank's segment]
    let sent = AlignedBuffer<Double>(
      count: rows * columns.count, for: "sums over ranks")
    var place = 0
    for segment in segments {
      for row in 0..<rows {
        for column in segment {
          sent[place] = partials.sums[row * partials.width + column]
          place += 1
        }
      }
    }
    let sends = Parts(segments.map { Int32(rows * $0.count) })
    let receives = Parts(subtrees.map { Int32($0.count * segments[rank].count) })
    let received = AlignedBuffer<Double>(
      count: subtrees.reduce(0) { $0 + $1.count } * segments[rank].count, for: "sums over ranks")
    try complete("MPI_Ialltoallv") {
      MPI_Ialltoallv(
        sent.base, sends.counts.base, sends.starts.base, relief_mpi_double(), received.base,
        receives.counts.base, receives.starts.base, relief_mpi_double(), collectives, &$0)
    }
    var total = BlockPartials(share: partials.share, width: segments[rank].count)
    total.complete(with: received.base)
    return withExtendedLifetime((sent, sends, receives, received)) { total.total }
  }

  /// Notes that each rank's part has `count` numbers and follows that of the rank before.
  private func place(_ count: (_ rank: Int) -> Int) {
    var start = 0
    for rank in 0..<worldSize {
      (starts[rank], counts[rank]) = (Int32(start), Int32(count(rank)))
      start += count(rank)
    }
  }
}
