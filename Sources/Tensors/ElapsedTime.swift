extension ContinuousClock.Instant {
  /// Seconds since then.
  package var elapsedSeconds: Double { (ContinuousClock.now - self) / .seconds(1) }
}
