import Foundation
import Recipes
import Runs
import Storage

/// `report.html` of a run under way: written again as the run goes on, but never for more than a
/// hundredth of its time.
package final class ReportFile {
  private static let share = 0.01

  /// Where it lies.
  package let path: String
  private let recipe: Recipe
  private let description: RunDescription
  private let start = ContinuousClock.now
  private var spent = 0.0
  /// What the quickest time of writing took.
  private var least = 0.0

  /// The report at `path` on a run of `recipe`.
  package init(_ path: String, _ recipe: Recipe, _ description: RunDescription) {
    (self.path, self.recipe, self.description) = (path, recipe, description)
  }

  /// Writes it where there is time for it, or where it `isLast`.
  /// - Throws: `FileError.system`; the one before then stays.
  func write(_ history: RunHistory, isLast: Bool) throws {
    guard isLast || spent + least <= Self.share * start.elapsedSeconds else { return }
    let clock = ContinuousClock.now
    defer {
      let taken = clock.elapsedSeconds
      least = least == 0 ? taken : min(least, taken)
      spent += taken
    }
    try Self.write(RunReport(history, recipe, description), to: path)
  }

  /// Writes `report` to `path`, all or nothing.
  /// - Throws: `FileError.system`.
  package static func write(_ report: RunReport, to path: String) throws {
    try OutputFile.replace(path, with: Data(report.text.utf8))
  }
}
