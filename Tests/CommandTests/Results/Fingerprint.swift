import Runs
import TestSupport
import Testing

/// Everything a run computes that must not depend on ranks, time or processor, to the last bit.
struct Fingerprint: Equatable, Sendable, CustomStringConvertible {
  private let lines: [String]

  /// Of a run that came to its end and printed `outcome`: two that fail alike are not the same.
  init(_ run: SmallRun, _ outcome: Shell.Outcome) {
    let state = outcome.output.split(separator: "\n").last.map(String.init) ?? outcome.errors
    #expect(run.end != nil && state.hasPrefix("state "), "\(state)")
    lines = run.records.map(Self.line) + [state]
  }

  var description: String { lines.joined(separator: "\n") }

  private static func line(_ record: RunRecord) -> String {
    switch record {
    case .epoch(let epoch):
      """
      \(epoch.phase) \(epoch.iteration) \(epoch.epoch): loss \(epoch.loss), accuracy \
      \(epoch.accuracy), validation \(epoch.validationAccuracy ?? -1)
      """
    case .prune(let prune):
      """
      prune \(prune.iteration): kept \(prune.kept), mask \(prune.maskSha256), before \
      \(prune.validationAccuracyBefore ?? -1), \(prune.layers ?? []), \(prune.inputs ?? [])
      """
    case .iteration(let iteration):
      """
      iteration \(iteration.iteration): kept \(iteration.kept), validation \
      \(iteration.validationAccuracy ?? -1)
      """
    case .rollback(let rollback):
      """
      rollback \(rollback.rollbacks) to \(rollback.iteration).\(rollback.epoch): step \(rollback.step), \
      \(rollback.what)
      """
    case .end(let end):
      """
      end \(end.iteration): kept \(end.kept), test \(end.testAccuracy), state \(end.stateSha256)
      """
    }
  }
}
