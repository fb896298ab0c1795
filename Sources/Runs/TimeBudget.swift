/// A share of a run's time that some work may take, by this process's clock.
package final class TimeBudget {
  private let share: Double
  private let start = ContinuousClock.now
  /// What it has taken.
  package private(set) var spent = 0.0
  /// What the quickest time took: one that waited long for a disk is no measure of the next.
  private var least: Double?

  /// The share `share` of the time from now on.
  package init(share: Double) { self.share = share }

  /// Wall time since it began.
  package var whole: Double { start.elapsedSeconds }

  /// Whether one more time leaves it within its share.
  package var isAffordable: Bool { spent + (least ?? 0) <= share * whole }

  /// Does `work` and counts its time.
  /// - Throws: what `work` throws.
  package func spend(_ work: () throws -> Void) rethrows {
    let clock = ContinuousClock.now
    defer {
      let taken = clock.elapsedSeconds
      least = min(least ?? taken, taken)
      spent += taken
    }
    try work()
  }
}
