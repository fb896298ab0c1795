import ArgumentParser
import Foundation
import Outcomes
import Recipes
import Reporting
import Runs
import Storage

/// `relief-dist status`: where a run stands, for another terminal.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Tell where a run stands.")

  @OptionGroup var folder: RunFolder

  @Flag(help: "Print a line whenever something goes on record, until no job has the run any more.")
  var follow = false

  @Flag(help: "Print JSON, a status a line.")
  var json = false

  private static let interval = 0.5

  func run() throws {
    Job.runAlone {
      let path = try folder.path()
      var status = try Self.status(of: path)
      try StandardStream.output.print(json ? status.jsonLine : status.text)
      var shown = status.line
      while follow, status.goesOn {
        Thread.sleep(forTimeInterval: Self.interval)
        status = try Self.status(of: path)
        guard status.line != shown || !status.goesOn else { continue }
        shown = status.line
        try StandardStream.output.print(
          json ? status.jsonLine : status.goesOn ? shown : status.text)
      }
    }
  }

  private static func status(of path: String) throws -> RunStatus {
    let metrics = RunDirectory.metrics(path)
    let description = try RunDescription(of: path)
    // Asked first: what ends afterwards is on record as ended.
    let isHeld = try RunDirectory.isHeld(path)
    let records = try MetricsLog.records(metrics)
    let changed = try FileManager.default.attributesOfItem(atPath: metrics)[.modificationDate]
    let age = (changed as? Date).map { -$0.timeIntervalSinceNow } ?? 0
    return RunStatus(
      RunHistory(records), try RunDirectory.recipe(of: path), description, isHeld: isHeld,
      age: max(age, 0))
  }
}
