import Communication
import Foundation
import Tensors

/// Counts what an epoch's steps did; losses, hits and times are added up over ranks once, at its end
/// or where the run is saved.
struct EpochMeter {
  /// What an epoch's steps came to, the same on every rank.
  struct Measures: Codable, Equatable {
    var tally = Tally()
    var seconds = 0.0
    var computeSeconds = 0.0
    var communicationSeconds = 0.0
    var bytesSent = 0
    var slowestRank = 0
  }

  /// What was added up so far.
  private(set) var measures: Measures
  /// What this rank's own images came to.
  private(set) var own = Tally()
  private var groups: [Group] = []
  private var start = ContinuousClock.now
  private var startBytes = 0
  private var startCommunication = 0.0

  /// Goes on from an epoch's `measures`.
  init(_ measures: Measures = Measures()) { self.measures = measures }

  /// Starts the clocks.
  mutating func start(_ replica: Replica) {
    start = .now
    startBytes = replica.communicator.bytesSent
    startCommunication = replica.communicator.communicationSeconds
  }

  /// Counts a step.
  mutating func count(_ step: BlockPartials) {
    if groups.last?.run !== step.run { groups.append(Group(run: step.run)) }
    groups[groups.count - 1].steps += 1
    groups[groups.count - 1].sums.append(contentsOf: step.sums)
    for node in step.run.subtrees.indices {
      own.add(step.sums[node * Tally.width..<(node + 1) * Tally.width], images: 0)
    }
    own.add([0, 0], images: step.run.imageRange.count)
  }

  /// Adds up over all ranks what was counted since the clocks were started, and starts them again.
  mutating func addUp(_ replica: Replica) throws {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let communication = replica.communicator.communicationSeconds - startCommunication
    for group in groups {
      var partials = group.partials
      try replica.communicator.addUp(&partials)
      for step in 0..<group.steps {
        measures.tally.add(
          partials.sums[step * Tally.width..<(step + 1) * Tally.width], images: group.run.images)
      }
    }
    let bytes = replica.communicator.bytesSent - startBytes
    let ranks = try replica.communicator.gather([
      seconds - communication, Double(bytes), seconds, communication,
    ])
    let compute = ranks.map { $0[0] }
    measures.slowestRank = compute.indices.max { compute[$0] < compute[$1] } ?? 0
    measures.seconds += ranks[0][2]
    measures.computeSeconds += compute[measures.slowestRank]
    measures.communicationSeconds += ranks[0][3]
    measures.bytesSent += ranks.reduce(0) { $0 + Int($1[1]) }
    groups.removeAll()
    start(replica)
  }
}

/// Consecutive steps over batches of one size.
private struct Group {
  let run: BlockRun
  var steps = 0
  /// What they came to, `[step][node][loss, hits]`.
  var sums: [Double] = []

  /// The same for one exchange, `[node][step][loss, hits]`.
  var partials: BlockPartials {
    let (nodes, width) = (run.subtrees.count, Tally.width)
    let places = (0..<nodes).flatMap { node in (0..<steps).map { ($0 * nodes + node) * width } }
    return BlockPartials(
      run: run, width: steps * width, sums: places.flatMap { sums[$0..<$0 + width] })
  }
}
