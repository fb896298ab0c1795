import ArgumentParser
import Outcomes
import Recipes
import Reporting
import Runs
import Storage

/// `relief-dist report`: a run's page, made again.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Make a run's report.html again.")

  @OptionGroup var folder: RunFolder

  @Option(
    help: ArgumentHelp("The page (default: report.html in the run's folder).", valueName: "file"))
  var output: PathArgument?

  func run() throws {
    Job.runAlone(listens: true) {
      let folder = try folder.path()
      let path = try output?.path(of: "--output") ?? RunDirectory.report(folder)
      let records = try MetricsLog.records(RunDirectory.metrics(folder))
      let report = RunReport(
        RunHistory(records), try RunDirectory.recipe(of: folder),
        try RunDescription(of: folder))
      try ReportFile.write(report, to: path)
      try StandardStream.output.print("Report: \(path.printable)")
    }
  }
}
