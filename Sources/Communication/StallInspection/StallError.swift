import Foundation
import Outcomes

/// A wait that would not have ended.
package struct StallError: UserFacingError, Equatable {
  /// A rank as messages name it.
  package struct Rank: Equatable, Sendable, CustomStringConvertible {
    /// Its number, and the machine it runs on.
    package let rank: Int, host: String
    /// What it was about.
    package let task: String
    /// Training steps it had done.
    package let step: Int

    /// All of it.
    package var description: String { "rank \(rank) on \(host) (\(task), after step \(step))" }
  }

  /// Those that did not answer; none where all ranks answered that they wait.
  package let silent: [Rank]
  /// The one that began the inspection.
  package let caller: Rank
  /// What it waited for the ranks, and then for the last answer.
  package let seconds: Double

  /// 82.
  package var exitCode: ExitCode { .stalled }

  /// Who, where, how long, and the remedy.
  package var description: String {
    let limit = "\(seconds.formatted()) s"
    guard !silent.isEmpty else {
      return """
        all ranks wait, and nothing arrives: \(caller) has waited \(limit) time and again; look at \
        the network and start the same command again, or raise safety.stall_seconds
        """
    }
    let more = silent.count > Self.named ? " and \(silent.count - Self.named) more" : ""
    let names = silent.prefix(Self.named).map(\.description).joined(separator: ", ")
    return """
      \(names)\(more) did not answer for \(limit), after \(caller) had waited \(limit); look at that \
      host and start the same command again, or raise safety.stall_seconds
      """
  }

  private static let named = 8
}
