import Communication
import Foundation

/// Checks of what ranks do together, run by every rank of a job; the answers are known in closed
/// form.
///
/// Under mpirun it checks `MPICommunicator`, without a launcher `SingleProcess`. With the argument
/// `abort` the last rank ends the job with code 81 while the others wait for it; `stall` see
/// `Stall`.
@main
struct RankChecks {
  static func main() {
    if let stall = Stall(CommandLine.arguments) { stall() }
    do {
      try Requests.listen()
      let communicator: any Communicator =
        MPICommunicator.isLaunched ? try MPICommunicator() : SingleProcess()
      if CommandLine.arguments.contains("abort") { try abort(communicator) }
      let checks = Checks(communicator)
      checks.broadcasts()
      checks.gathers()
      checks.totals()
      checks.longTotals()
      checks.transfers()
      checks.exchanges()
      checks.agreements()
      checks.batchNorms()
      checks.allocations()
      checks.requests()
      checks.audits()
      try communicator.finish()
    } catch {
      FileHandle.standardError.write(Data("\(error)\n".utf8))
      exit(1)
    }
  }

  private static func abort(_ communicator: any Communicator) throws -> Never {
    if communicator.rank == communicator.worldSize - 1 { communicator.abort(code: 81) }
    // Longer than any test waits: only the abort ends it.
    sleep(60)
    exit(0)
  }
}
