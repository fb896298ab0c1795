import Communication
import Foundation
import Tensors

/// Counts what an epoch's steps did; losses, hits and times are added up over ranks once, at its end.
struct EpochMeter {
  /// What an epoch came to, the same on every rank but for the times.
  struct Measures {
    let tally: Tally
    let seconds, computeSeconds, communicationSeconds: Double
    let bytesSent: Int
    let slowestRank: Int
  }

  private let replica: Replica
  private let start = ContinuousClock.now
  private let startBytes: Int
  private let startCommunication: Double
  private var steps: [BlockPartials] = []
  /// What this rank's own images came to so far.
  private(set) var own = Tally()

  init(_ replica: Replica) {
    self.replica = replica
    self.startBytes = replica.communicator.bytesSent
    self.startCommunication = replica.exchange.communicationSeconds
  }

  /// Counts a step.
  mutating func count(_ step: BlockPartials) {
    steps.append(step)
    for sums in step.sums { own.add(sums, images: 0) }
    own.add([0, 0], images: step.run.imageRange.count)
  }

  /// The epoch's measures over all ranks.
  func finish() throws -> Measures {
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let communication = replica.exchange.communicationSeconds - startCommunication
    var tally = Tally()
    for (sums, step) in zip(try replica.communicator.totals(of: steps), steps) {
      tally.add(sums, images: step.run.images)
    }
    let bytes = replica.communicator.bytesSent - startBytes
    let ranks = try replica.communicator.gather([seconds - communication, Double(bytes)])
    let compute = ranks.map { $0[0] }
    let slowest = compute.indices.max { compute[$0] < compute[$1] } ?? 0
    return Measures(
      tally: tally, seconds: seconds, computeSeconds: compute[slowest],
      communicationSeconds: communication, bytesSent: ranks.reduce(0) { $0 + Int($1[1]) },
      slowestRank: slowest)
  }
}
