import Storage

/// A loss that is no number any more.
public struct NotFiniteError: CommonError {
  /// Pruning iteration and epoch.
  public let iteration, epoch: Int
  /// The loss.
  public let loss: Double
  /// 80.
  public var exitCode: ExitCode { .notFinite }
  /// Where, the value and the remedy.
  public var description: String {
    """
    the loss is \(loss) in epoch \(epoch) of pruning iteration \(iteration); lower \
    training.learning_rate
    """
  }
}
