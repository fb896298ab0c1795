/// The time a rank has waited, as far as it was awake to see it.
///
/// A rank that did not run for a while, because it was stopped or others had the core, cannot tell
/// who else did not. So the time between two looks counts for no more than a given time.
struct Patience {
  /// Waited so far.
  private(set) var seconds = 0.0
  private var last: Double?

  /// It is `now`.
  mutating func pass(to now: Double, most: Double) {
    if let last { seconds += min(now - last, most) }
    last = now
  }

  /// Counts from here.
  mutating func restart() { seconds = 0 }
}
