/// What a pruning rule is told of a network.
package struct Observations: Sendable {
  /// The mean activities.
  package let activities: ActivityStatistics
  /// The sensitivities of its connections, where the criterion observes them.
  package let sensitivities: Sensitivities?

  /// These.
  package init(activities: ActivityStatistics, sensitivities: Sensitivities? = nil) {
    (self.activities, self.sensitivities) = (activities, sensitivities)
  }
}
