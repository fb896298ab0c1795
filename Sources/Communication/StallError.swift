import Foundation

/// A wait that would not have ended.
public struct StallError: Error, Equatable, CustomStringConvertible {
  /// A rank as messages name it.
  public struct Rank: Equatable, Sendable, CustomStringConvertible {
    /// Its number, and the machine it runs on.
    public let rank: Int, host: String
    /// What it was about.
    public let phase: String
    /// Training steps it had done.
    public let step: Int

    /// All of it.
    public var description: String { "rank \(rank) on \(host) (\(phase), after step \(step))" }
  }

  /// Those that did not answer; none where all ranks answered that they wait.
  public let silent: [Rank]
  /// The one that called the roll.
  public let caller: Rank
  /// What it waited for the ranks, and then for the last answer.
  public let seconds: Double

  /// Who, where, how long, and the remedy.
  public var description: String {
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
