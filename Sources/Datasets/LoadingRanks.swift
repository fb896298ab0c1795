/// The ranks that load a data set together, as one of them sees them. Every rank makes the same calls
/// in the same order.
public protocol LoadingRanks {
  /// This rank, counted from 0.
  var rank: Int { get }
  /// Does `work` on every rank and goes on only if it succeeded on all of them.
  /// - Throws: on every rank, what one of them met.
  func agree<Result>(_ work: () throws -> Result) throws -> Result
  /// The bytes of every rank, on every rank.
  func gather(_ bytes: [UInt8]) throws -> [[UInt8]]
}

/// A process that loads a data set alone.
public struct OneRank: LoadingRanks {
  /// 0.
  public let rank = 0
  /// A process by itself.
  public init() {}
  /// Does `work`.
  public func agree<Result>(_ work: () throws -> Result) throws -> Result { try work() }
  /// `bytes`.
  public func gather(_ bytes: [UInt8]) -> [[UInt8]] { [bytes] }
}
