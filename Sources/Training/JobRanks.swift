import Communication
import Datasets

/// The ranks of a job, loading a data set together.
public struct JobRanks: LoadingRanks {
  private let communicator: any Communicator
  private let describe: (any Error) -> (code: Int32, message: String)

  /// The ranks of `communicator`.
  ///
  /// - Parameter describe: the exit code and message of an error.
  public init(
    _ communicator: any Communicator,
    describe: @escaping (any Error) -> (code: Int32, message: String)
  ) {
    (self.communicator, self.describe) = (communicator, describe)
  }

  /// See `LoadingRanks`.
  public var rank: Int { communicator.rank }
  /// See `LoadingRanks`; throws `AgreedFailure`.
  public func agree<Result>(_ work: () throws -> Result) throws -> Result {
    try communicator.agree(describe: describe, work)
  }
  /// See `LoadingRanks`.
  public func gather(_ bytes: [UInt8]) throws -> [[UInt8]] { try communicator.gather(bytes) }
}
