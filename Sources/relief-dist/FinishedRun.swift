import Datasets
import Outcomes
import Recipes
import Reporting
import Runs
import Storage

/// A run that has come to its end, as its folder tells.
struct FinishedRun {
  private let path: String
  private let table: ResultTable
  private let identity: RunIdentity

  /// That in the folder `path`; nil where there is none.
  /// - Throws: `ConfigurationError` where nothing tells which run it is.
  init?(_ path: String) throws {
    table = ResultTable(MetricsLog.read(RunDirectory.metrics(path)))
    guard table.isFinished else { return nil }
    do { identity = try RunDirectory.identity(of: path) } catch let error as any UserFacingError {
      throw ConfigurationError(
        place: path,
        reason: """
          holds a finished run, but not which (\(error)); give another --output, or start over with \
          --resume never
          """)
    }
    self.path = path
  }

  /// Requires it to be a run of `recipe`, on `dataset` where that is known.
  /// - Throws: `ConfigurationError` with what differs.
  func require(_ recipe: Recipe, _ dataset: Dataset?, worldSize: Int) throws {
    let now = RunIdentity(recipe, data: dataset?.sha256, worldSize: worldSize)
    try now.require(identity, at: path)
  }

  /// Shows its table.
  /// - Throws: `FileError` where that cannot be.
  func show() throws {
    try StandardStream.output.print(
      "This run is finished; give another --output, or --resume never, to run it again.\n")
    try table.show(path: path)
  }
}

extension ResultTable {
  /// Prints the table and, as the last line, the state's hash.
  /// - Throws: `FileError` where that cannot be.
  func show(path: String) throws {
    let report = RunDirectory.report(path)
    let hasReport = try PathKind.of(report) == .file
    try StandardStream.output.print(
      text(path: path, report: hasReport ? report : nil) + "\nstate \(stateHash ?? "")",
      remedy: "the run is finished, and the same command shows its table")
  }
}
