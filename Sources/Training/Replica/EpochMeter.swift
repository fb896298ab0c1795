import Communication
import Foundation
import Tensors

/// Counts what an epoch's steps did; losses, correct answers and times are added up over ranks
/// once, at its end or where the run is saved.
package struct EpochMeter {
  /// What an epoch's steps came to, the same on every rank.
  package struct Measures: Codable, Equatable {
    package var tally = Tally()
    package var seconds = 0.0
    package var computeSeconds = 0.0
    package var communicationSeconds = 0.0
    package var bytesSent = 0
    package var slowestRank = 0
    /// By rank; sums begun by more ranks than there are now have them, too. Those that were saved
    /// by earlier versions have none.
    package var ranks: [RankTimes]?

    /// Of no steps.
    package init() {}
  }

  /// Where the time of an epoch's steps went on one rank.
  package struct RankTimes: Codable, Equatable, Sendable {
    /// Outside of communication and of loading images.
    package var computeSeconds = 0.0
    /// In calls of MPI.
    package var communicationSeconds = 0.0
    /// Loading, augmenting and normalising images.
    package var dataSeconds = 0.0
  }

  /// What was added up so far.
  package private(set) var measures: Measures
  /// What this rank's own images came to.
  package private(set) var own = Tally()
  private var groups: [Group] = []
  /// What this rank spent since it was added up.
  private var seconds = 0.0
  private var communicationSeconds = 0.0
  private var dataSeconds = 0.0
  private var bytesSent = 0

  /// Goes on from an epoch's `measures`.
  package init(_ measures: Measures = Measures()) { self.measures = measures }

  /// Does `work`, steps of `replica`, whose time and bytes are the epoch's; those of audits and
  /// checkpoints are not.
  /// - Throws: what `work` throws.
  package mutating func measure<Result>(
    _ replica: Replica, _ work: () throws -> Result
  ) rethrows -> Result {
    let loading = replica.loader.seconds
    defer { dataSeconds += replica.loader.seconds - loading }
    return try measure(replica.communicator, work)
  }

  private mutating func measure<Result>(
    _ communicator: any Communicator, _ work: () throws -> Result
  ) rethrows -> Result {
    let (start, bytes) = (ContinuousClock.now, communicator.bytesSent)
    let communication = communicator.communicationSeconds
    defer {
      seconds += start.elapsedSeconds
      communicationSeconds += communicator.communicationSeconds - communication
      bytesSent += communicator.bytesSent - bytes
    }
    return try work()
  }

  /// Counts a step.
  package mutating func count(_ step: BlockPartials) {
    if groups.last?.share !== step.share { groups.append(Group(share: step.share)) }
    groups[groups.count - 1].steps += 1
    groups[groups.count - 1].sums.append(contentsOf: step.sums)
    for node in step.share.subtrees.indices {
      own.add(step.sums[node * Tally.width..<(node + 1) * Tally.width], images: 0)
    }
    own.add([0, 0], images: step.share.imageRange.count)
  }

  /// Adds up over all ranks what was measured and counted since the last time.
  /// - Throws: what the sums over ranks throw.
  package mutating func addUp(_ communicator: any Communicator) throws {
    let groups = groups
    let totals = try measure(communicator) { try groups.map { try $0.total(communicator) } }
    for (group, total) in zip(groups, totals) {
      for step in 0..<group.steps {
        measures.tally.add(
          total[step * Tally.width..<(step + 1) * Tally.width], images: group.share.images)
      }
    }
    let ranks = try communicator.gather([
      seconds - communicationSeconds, Double(bytesSent), seconds, communicationSeconds,
      dataSeconds,
    ])
    let compute = ranks.map { $0[0] }
    measures.slowestRank = compute.indices.max { compute[$0] < compute[$1] } ?? 0
    measures.seconds += ranks[measures.slowestRank][2]
    measures.computeSeconds += compute[measures.slowestRank]
    measures.communicationSeconds += ranks[measures.slowestRank][3]
    measures.bytesSent += ranks.reduce(0) { $0 + Int($1[1]) }
    measures.add(
      ranks.map {
        RankTimes(computeSeconds: $0[0] - $0[4], communicationSeconds: $0[3], dataSeconds: $0[4])
      })
    self.groups.removeAll()
    (seconds, communicationSeconds, dataSeconds, bytesSent) = (0, 0, 0, 0)
  }
}

extension EpochMeter.Measures {
  fileprivate mutating func add(_ times: [EpochMeter.RankTimes]) {
    var sums = ranks ?? []
    while sums.count < times.count { sums.append(EpochMeter.RankTimes()) }
    for (rank, times) in times.enumerated() {
      sums[rank].computeSeconds += times.computeSeconds
      sums[rank].communicationSeconds += times.communicationSeconds
      sums[rank].dataSeconds += times.dataSeconds
    }
    ranks = sums
  }
}

/// Consecutive steps over batches of one size.
private struct Group {
  let share: BlockShare
  var steps = 0
  /// What they came to, `[step][node][loss, correct]`.
  var sums: [Double] = []

  /// The same for one exchange, `[node][step][loss, correct]`.
  var partials: BlockPartials {
    let (nodes, width) = (share.subtrees.count, Tally.width)
    let places = (0..<nodes).flatMap { node in (0..<steps).map { ($0 * nodes + node) * width } }
    return BlockPartials(
      share: share, width: steps * width, sums: places.flatMap { sums[$0..<$0 + width] })
  }

  /// What they came to over all ranks, `[step][loss, correct]`.
  func total(_ communicator: any Communicator) throws -> [Double] {
    var partials = partials
    try communicator.addUp(&partials)
    return partials.total
  }
}
