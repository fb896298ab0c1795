import ArgumentParser
import Foundation
import Reporting
import Runs

/// The command line of relief-dist.
@main
struct ReliefDist: ParsableCommand {
  static let version = RunIdentity.productVersion
  static let configuration = CommandConfiguration(
    commandName: "relief-dist",
    abstract: "Trains image classifiers on CPU ranks and prunes them by their own activity.",
    discussion: """
      On one machine launch/local of the checkout starts it on all cores (launch/local --help). On a \
      cluster start it under mpirun, one rank a core: mpirun -n 8 relief-dist. Without a launcher it \
      runs as one process.
      """,
    version: version,
    subcommands: [
      RunCommand.self, EvaluateCommand.self, ExportCommand.self, MetricsCommand.self,
      ReportCommand.self, StatusCommand.self,
      BenchCommand.self, PlanCommand.self, MachineCommand.self,
    ],
    defaultSubcommand: RunCommand.self)

  static func main() {
    StandardStream.prepare()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      Job.refuse(message: words(for: error), code: exitCode(for: error).rawValue)
    }
  }

  /// The argument parser's words, with what it repeats of a command line that is refused on one
  /// line.
  private static func words(for error: any Error) -> String {
    let (message, whole) = (message(for: error), fullMessage(for: error))
    guard exitCode(for: error) != .success else { return whole }
    return whole.replacing(message, with: message.printable, maxReplacements: 1)
  }
}
