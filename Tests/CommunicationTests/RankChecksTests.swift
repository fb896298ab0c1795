import Foundation
import TestSupport
import Testing

/// The checks of `Tests/RankChecks`, under mpirun and alone.
@Suite(.serialized)
struct RankChecksTests {
  static let names = [
    "broadcast", "broadcast of nothing", "broadcast made at the root",
    "gather numbers", "gather bytes", "gather nothing",
    "totals of block indices", "totals of one batch after the other in the same memory",
    "totals of random numbers have one process's bits",
    "long totals go in segments, to one process's bits",
    "all to all", "all to all of uneven ranges", "all gather in place",
    "all gather with empty ranges", "transfers that overlap",
    "exchange of exact gradients", "exchange of random gradients",
    "exchange with short batches", "exchange of many blocks", "exchange of clipped gradients",
    "exchanged state in canonical order", "bytes of an exchange",
    "agreement without failure", "agreement on one failure",
    "agreement on the lowest rank that failed", "agreement on what the root alone does",
    "values that differ are told with both ranks", "agreement after a failure",
    "replicas with synchronised batch norms", "replicas with local batch norms",
    "a run with local batch norms",
    "a step of lenet300-100 allocates nothing", "a step of lenet5 allocates nothing",
    "a step of resnet20 allocates nothing", "a step of vgg11 allocates nothing",
    "nothing is asked for", "checkpoint asked of one rank", "checkpoint asked of all ranks",
    "little work shares an agreement", "stop asked of one rank",
    "audits of Adam and synchronised batch norms", "audits of Adam and local batch norms",
    "audits of SGD and synchronised batch norms", "audits of SGD and local batch norms",
    "the first that is not finite",
  ]

  @Test(arguments: [1, 2, 3, 4, 5, 8])
  func everyCheckHolds(ranks: Int) throws {
    let outcome = try Self.run(ranks: ranks)
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output == Self.expectedOutput)
  }

  @Test func everyCheckHoldsWithoutMPI() throws {
    let outcome = try Shell.run(["\(Shell.products)/rank-checks"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    #expect(outcome.output == Self.expectedOutput)
  }

  /// One rank's abort ends the ranks that wait, and its code is the job's.
  @Test func abortEndsAllRanks() throws {
    let outcome = try Self.run(ranks: 3, ["abort"])
    #expect(outcome.code == 81)
    #expect(outcome.seconds < 20)
  }

  private static var expectedOutput: String { names.map { "ok \($0)\n" }.joined() }

  private static func run(ranks: Int, _ arguments: [String] = []) throws -> Shell.Outcome {
    try Shell.run(
      ["\(Shell.root)/launch/local", "-n", "\(ranks)"] + arguments,
      environment: ["RELIEF_DIST": "\(Shell.products)/rank-checks"])
  }
}
