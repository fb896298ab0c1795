/// What a recipe, a flag or the environment says that cannot be used.
package struct ConfigurationError: UserFacingError {
  /// File and line, key or flag.
  package let place: String
  /// What is wrong, with the values and the remedy.
  package let reason: String
  /// 78.
  package var exitCode: ExitCode { .badConfiguration }
  /// Place and reason.
  package var description: String { place.isEmpty ? reason : "\(place): \(reason)" }

  /// Something wrong at `place`.
  package init(place: String, reason: String) { (self.place, self.reason) = (place, reason) }
}
