import Foundation
import Runs

/// Records as rows of comma-separated values, for spreadsheets and data frames.
package struct RecordTable {
  /// What has a row.
  package enum Rows: String, CaseIterable, Sendable {
    /// Every record, with the columns of all kinds of them; what a record does not have is empty.
    case records
    /// Every layer of every pruning.
    case layers
    /// Every rank of every epoch.
    case ranks

    /// Keys of the record, and the list in it whose elements have rows of their own.
    fileprivate var source: (keys: [String], list: String?) {
      switch self {
      case .records: (RecordTable.keysOfRecords, nil)
      case .layers: (["iteration"], "layers")
      case .ranks: (["phase", "iteration", "epoch"], "ranks")
      }
    }

    /// Keys of an element of the list; what is in a dictionary has its key before its own.
    fileprivate var keysOfElements: [String] {
      switch self {
      case .records: []
      case .layers:
        [
          "name", "kept", "total", "units", "units_total", "removed_importance", "removed_dead",
          "removed_unread", "removed_residual",
        ]
      case .ranks:
        [
          "compute_seconds", "communication_seconds", "data_seconds", "checkpoint_seconds",
          "resident_bytes",
        ]
      }
    }
  }

  /// Those with one value, in the order of columns.
  static let keysOfRecords = [
    "event", "phase", "iteration", "epoch", "loss", "accuracy", "validation_accuracy",
    "images_per_second", "seconds", "compute_seconds", "communication_seconds", "bytes_sent",
    "slowest_rank", "kept", "total", "density", "compression", "kept_flops", "total_flops",
    "validation_accuracy_before", "mask_sha256", "resident_bytes", "step", "what", "rollbacks",
    "learning_rate_factor", "test_accuracy", "state_sha256", "checkpoint_seconds", "stopped",
  ]

  private let header: [String]
  private let rows: [[String]]

  /// The rows of `records`.
  /// - Throws: what encoding throws.
  package init(_ records: [RunRecord], _ kind: Rows) throws {
    let (keys, list) = kind.source
    let (own, number) = (kind.keysOfElements, kind == .ranks ? ["rank"] : [])
    header = keys + number + own
    rows = try records.flatMap { record -> [[String]] in
      let values = try JSONValue(record)
      let shared = keys.map { values.flattened[$0] ?? "" }
      guard let list else { return [shared] }
      return values.elements(of: list).enumerated().map { index, element in
        let fields = element.flattened
        return shared + number.map { _ in "\(index)" } + own.map { fields[$0] ?? "" }
      }
    }
  }

  /// A header, then a line for each row (RFC 4180, but for the ends of lines).
  package var text: String {
    ([header] + rows).map { $0.map(\.commaSeparatedField).joined(separator: ",") }
      .joined(separator: "\n")
  }
}
