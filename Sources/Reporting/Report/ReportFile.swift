import Foundation
import Recipes
import Runs
import Storage

/// `report.html` of a run under way: written again as the run goes on, but never for more than a
/// hundredth of its time.
package final class ReportFile {
  /// Where it lies.
  package let path: String
  private let recipe: Recipe
  private let description: RunDescription
  private let budget = TimeBudget(share: 0.01)

  /// The report at `path` on a run of `recipe`.
  package init(_ path: String, _ recipe: Recipe, _ description: RunDescription) {
    (self.path, self.recipe, self.description) = (path, recipe, description)
  }

  /// Writes it where there is time for it, or where it `isLast`.
  /// - Throws: `FileError.system`; the one before then stays.
  func write(_ history: RunHistory, isLast: Bool) throws {
    guard isLast || budget.isAffordable else { return }
    try budget.spend { try Self.write(RunReport(history, recipe, description), to: path) }
  }

  /// Writes `report` to `path`, all or nothing.
  /// - Throws: `FileError.system`.
  package static func write(_ report: RunReport, to path: String) throws {
    try OutputFile.replace(path, with: Data(report.text.utf8))
  }
}
