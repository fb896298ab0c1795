import Storage
import Training

/// The root's observer of a run: metrics on disk, progress on the terminal, the table at the end.
public final class RunReporter: RunObserver {
  private let log: MetricsLog
  private let progress: ProgressLine?
  /// Whether this process has put something on record, and whether its last record had to wait.
  private var hasWritten = false, waits = false
  /// What the run has come to so far.
  public private(set) var table: ResultTable

  /// Reports to `log` and, unless it is quiet, to `progress`.
  ///
  /// - Parameter table: what is on record already.
  public init(log: MetricsLog, progress: ProgressLine?, table: ResultTable = ResultTable()) {
    self.log = log
    self.progress = progress
    self.table = table
  }

  /// See `RunObserver`.
  public func stepped(_ step: StepProgress) { progress?.stepped(step) }

  /// Puts `record` on record, with the next one where the disk is full just now; the first and the last
  /// must not wait.
  /// - Throws: `FileError.system`.
  public func recorded(_ record: RunRecord) throws {
    do {
      try log.append(record)
      (hasWritten, waits) = (true, false)
    } catch let error as FileError {
      guard hasWritten, !record.isEnd else { throw error }
      if !waits { warned("\(error); records are written later; going on") }
      waits = true
    }
    table.add(record)
    if case .epoch(let epoch) = record { progress?.ended(epoch) }
    if record.isEnd { progress?.clear() }
  }

  /// See `RunObserver`.
  public func synchronise() throws -> Int { try log.synchronise() }

  /// See `RunObserver`.
  public func noticed(_ text: String) { progress?.say(text) }

  /// See `RunObserver`.
  public func warned(_ text: String) {
    if let progress { progress.say(text) } else { StandardStream.errors.say(text) }
  }
}

extension RunRecord {
  fileprivate var isEnd: Bool { if case .end = self { true } else { false } }
}

/// The other ranks' observer.
public final class SilentObserver: RunObserver {
  /// Shows nothing.
  public init() {}
  /// See `RunObserver`.
  public func stepped(_ progress: StepProgress) {}
  /// See `RunObserver`.
  public func recorded(_ record: RunRecord) {}
  /// See `RunObserver`.
  public func synchronise() -> Int { 0 }
  /// See `RunObserver`.
  public func noticed(_ text: String) {}
  /// See `RunObserver`.
  public func warned(_ text: String) {}
}
