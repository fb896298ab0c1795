/// Rows of text under each other.
enum TextTable {
  /// Words and a number a line.
  static func columns(_ rows: [[String]]) -> String {
    let widths = widths(rows)
    return rows.map { row in
      row[0] + String(repeating: " ", count: widths[0] - row[0].count + 2)
        + Format.right(row[1], widths[1])
    }.joined(separator: "\n")
  }

  /// Columns under their names.
  static func table(_ rows: [[String]]) -> String { lines(rows).joined(separator: "\n") }

  /// The lines of columns under their names.
  static func lines(_ rows: [[String]]) -> [String] {
    let widths = widths(rows)
    return rows.map { zip($0, widths).map(Format.right).joined(separator: "  ") }
  }

  private static func widths(_ rows: [[String]]) -> [Int] {
    rows.first?.indices.map { column in rows.map { $0[column].count }.max() ?? 0 } ?? []
  }
}
