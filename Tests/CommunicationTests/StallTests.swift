import Foundation
import TestSupport
import Testing

/// A rank that stops, whatever it is about: the others name it and end the job, and nobody is left.
@Suite(.serialized, .tags(.timing), .unlessTimingIsLeftOut)
struct StallTests {
  private static let stalled: Int32 = 82

  @Test(arguments: [
    ("start", 1), ("train", 1), ("evaluate", 1), ("statistics", 0), ("importance", 0),
    ("compaction", 1), ("retrain", 0), ("checkpoint", 1), ("end", 0),
  ])
  func isNamed(phase: String, rank: Int) throws {
    let folder = try TemporaryFolder()
    let outcome = try Shell.reliefDist(
      ranks: 2, ["stall", phase, "\(rank)", folder.path], program: Self.program)
    try expectStall(outcome, folder, phase, rank)
  }

  /// Lower ranks call first, but any rank can.
  @Test func isNamedByWhoeverWaits() throws {
    let folder = try TemporaryFolder()
    let outcome = try Shell.reliefDist(
      ranks: 4, ["stall", "train", "0", folder.path], program: Self.program)
    try expectStall(outcome, folder, "train", 0)
  }

  @Test func isNamedUnderMPIRun() throws {
    let folder = try TemporaryFolder()
    let job = try Shell.startUnderMPIRun(
      ranks: 2, ["stall", "train", "1", folder.path], program: Self.program)
    let outcome = job.wait()
    try expectStall(outcome, folder, "train", 1)
  }

  /// MPI's own start blocks and names nobody, but it ends.
  @Test func endsInMPIsOwnStart() throws {
    let folder = try TemporaryFolder()
    let outcome = try Shell.reliefDist(
      ranks: 2, ["stall", "MPI_Init", "1", folder.path], program: Self.program)
    #expect(outcome.code == Self.stalled)
    #expect(outcome.errors.contains("MPI_Init_thread has not returned for 2 s"))
    #expect(Shell.isDeserted(folder.path))
  }

  private static let program = "\(Shell.products)/rank-checks"

  private func expectStall(
    _ outcome: Shell.Outcome, _ folder: TemporaryFolder, _ phase: String, _ rank: Int
  ) throws {
    #expect(outcome.code == Self.stalled)
    let host = ProcessInfo.processInfo.hostName
    #expect(
      outcome.errors.contains("rank \(rank) on \(host) (\(phase), after step"),
      "\(outcome.errors)")
    #expect(outcome.errors.contains("did not answer for 1 s"))
    // Two seconds are the stall; the rest is mpirun's start and end on a busy machine.
    #expect(outcome.seconds < 40)
    #expect(Shell.isDeserted(folder.path))
  }
}
