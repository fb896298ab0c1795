import Runs

/// The table that a run ends with.
package struct ResultTable {
  private var rows: [RunRecord.Iteration] = []
  private var end: RunRecord.End?

  /// No rows yet.
  package init() {}

  /// The table of a run's records.
  package init(_ records: [RunRecord]) { for record in records { add(record) } }

  /// Takes from `record` what the table shows.
  package mutating func add(_ record: RunRecord) {
    switch record {
    case .iteration(let row): rows.append(row)
    case .end(let record): end = record
    case .epoch, .prune, .rollback: break
    }
  }

  /// Whether the run has come to its end.
  package var isFinished: Bool { end != nil }
  /// The state's hash at the end.
  package var stateHash: String? { end?.stateSha256 }

  /// The table, with the chosen network marked and tested, and where the run and its report lie, if
  /// it has one.
  package func text(path: String, report: String? = nil) -> String {
    let columns = ["iteration", "kept", "compression", "validation accuracy"]
    var lines = TextTable.lines([columns] + rows.map(cells))
    for (index, row) in rows.enumerated() where row.iteration == end?.iteration {
      lines[index + 1] += "  ← chosen"
    }
    guard let end else { return lines.joined(separator: "\n") }
    if let stopped = end.stopped { lines.append(stopped) }
    lines += [
      "",
      """
      Iteration \(end.iteration) keeps \(Format.grouped(end.kept)) of \(Format.grouped(end.total)) \
      connections; test accuracy \(Format.decimal(100 * end.testAccuracy, 2)) %. \
      \(Format.duration(end.seconds)) in all.
      """,
      "Run: \(path.printable)",
    ]
    if let report { lines.append("Report: \(report.printable)") }
    return lines.joined(separator: "\n")
  }

  private func cells(_ row: RunRecord.Iteration) -> [String] {
    [
      "\(row.iteration)", Format.grouped(row.kept), Format.decimal(row.compression, 1) + "×",
      row.validationAccuracy.map { Format.decimal(100 * $0, 2) + " %" } ?? "–",
    ]
  }
}
