import ArgumentParser
import Outcomes
import Reporting
import Runs
import Storage

/// `relief-dist metrics`: a run's records as a table.
struct MetricsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "metrics", abstract: "Print a run's records as comma-separated values.")

  @OptionGroup var folder: RunFolder

  @Flag(help: "As comma-separated values, as it does anyway.")
  var csv = false

  @Option(help: "What has a row: every record, every layer of a pruning, every rank of an epoch.")
  var rows = RecordTable.Rows.records

  func run() throws {
    Job.runAlone {
      let path = RunDirectory.metrics(try folder.path())
      let records = try MetricsLog.records(path)
      try StandardStream.output.print(RecordTable(records, rows).text)
    }
  }
}

extension RecordTable.Rows: ExpressibleByArgument {}
