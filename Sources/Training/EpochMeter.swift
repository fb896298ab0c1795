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
  private var steps: [BlockPartials] = []
  private var start = ContinuousClock.now
  private var startBytes = 0
  private var startCommunication = 0.0

  /// Goes on from an epoch's `measures`.
  init(_ measures: Measures = Measures()) { self.measures = measures }

  /// Starts the clocks.
  mutating func start(_ replica: Replica) {
    start = .now
    startBytes = replica.communicator.bytesSent
    startCommunication = replica.exchange.communicationSeconds
  }

  /// Counts a step.
  mutating func count(_ step: BlockPartials) {
    steps.append(step)
    for sums in step.sums { own.add(sums, images: 0) }
    own.add([0, 0], images: step.run.imageRange.count)
  }

  /// Adds up over all ranks what was counted since the clocks were started, and starts them again.
  mutating func addUp(_ replica: Replica) throws {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let communication = replica.exchange.communicationSeconds - startCommunication
    for (sums, step) in zip(try replica.communicator.totals(of: steps), steps) {
      measures.tally.add(sums, images: step.run.images)
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
    steps.removeAll()
    start(replica)
  }
}
