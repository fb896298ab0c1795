extension Recipe {
  /// What may have been meant by `word`, as the end of a sentence; empty where nothing is near.
  static func suggestion(_ word: String, _ known: [String]) -> String {
    let most = max(2, word.count / 3)
    // No distance is below the difference in length.
    let near = known.filter { abs($0.count - word.count) <= most }
    guard let best = near.min(by: { distance($0, word) < distance($1, word) }),
      distance(best, word) <= most
    else { return "" }
    return "; did you mean \(best)?"
  }

  /// Insertions, deletions and replacements that turn one word into another (Levenshtein).
  private static func distance(_ first: String, _ second: String) -> Int {
    let second = Array(second)
    var row = Array(0...second.count)
    for (index, letter) in first.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in second.indices {
        let change = diagonal + (letter == second[column] ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(change, row[column] + 1, row[column + 1] + 1)
      }
    }
    return row[second.count]
  }
}
