import Runs
import Storage

/// The root's observer of a run: metrics on disk, progress on the terminal, the table at the end.
package final class RunReporter: RunObserver {
  private let log: MetricsLog
  private let progress: ProgressLine?
  /// Whether this process has put something on record, and whether its last record had to wait.
  private var hasWritten = false, waits = false
  private let page: ReportFile?
  private var events: EventFile?
  /// What the run has come to so far.
  package private(set) var table: ResultTable
  private var history: RunHistory

  /// Reports to `log`, on `page`, in `events` and, unless it is quiet, to `progress`.
  ///
  /// - Parameter records: what is on record already.
  package init(
    log: MetricsLog, progress: ProgressLine?, page: ReportFile? = nil, events: EventFile? = nil,
    records: [RunRecord] = []
  ) {
    (self.log, self.progress, self.page, self.events) = (log, progress, page, events)
    table = ResultTable(records)
    history = RunHistory(records)
  }

  /// See `RunObserver`.
  package func stepped(_ step: StepProgress) { progress?.stepped(step) }

  /// Puts `record` on record, with the next one where the disk is full just now; the first and the
  /// last must not wait.
  /// - Throws: `FileError.system`.
  package func recorded(_ record: RunRecord) throws {
    do {
      try log.append(record)
      (hasWritten, waits) = (true, false)
    } catch let error as FileError {
      guard hasWritten, !record.isEnd else { throw error }
      if !waits { warned("\(error); records are written later; going on") }
      waits = true
    }
    table.add(record)
    history.add(record)
    writeEvents(record)
    if record.isIteration || record.isEnd { writePage(isLast: record.isEnd) }
    if case .epoch(let epoch) = record { progress?.ended(epoch) }
    if record.isEnd { progress?.clear() }
  }

  /// See `RunObserver`.
  package func synchronise() throws -> Int { try log.synchronise() }

  /// See `RunObserver`.
  package func noticed(_ text: String) { progress?.say(text) }

  /// The run does not fail with what TensorBoard shows of it.
  private func writeEvents(_ record: RunRecord) {
    do { try events?.append(record) } catch {
      warned("\(error); TensorBoard will not see the rest; going on")
      events = nil
    }
  }

  /// The run does not fail with its page, which can be made again.
  private func writePage(isLast: Bool) {
    do { try page?.write(history, isLast: isLast) } catch {
      if isLast { warned("\(error); relief-dist report makes the page again") }
    }
  }

  /// See `RunObserver`.
  package func warned(_ text: String) {
    if let progress { progress.say(text) } else { StandardStream.errors.say(text) }
  }
}

extension RunRecord {
  fileprivate var isEnd: Bool { if case .end = self { true } else { false } }
  fileprivate var isIteration: Bool { if case .iteration = self { true } else { false } }
}

/// The other ranks' observer.
package final class SilentObserver: RunObserver {
  /// Shows nothing.
  package init() {}
  /// See `RunObserver`.
  package func stepped(_ progress: StepProgress) {}
  /// See `RunObserver`.
  package func recorded(_ record: RunRecord) {}
  /// See `RunObserver`.
  package func synchronise() -> Int { 0 }
  /// See `RunObserver`.
  package func noticed(_ text: String) {}
  /// See `RunObserver`.
  package func warned(_ text: String) {}
}
