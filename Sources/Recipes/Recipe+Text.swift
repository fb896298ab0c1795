extension Recipe {
  /// The resolved recipe as TOML.
  package var text: String { text { _ in true } }

  /// The keys that make a run another one, as TOML: not those of how it looks after itself, nor
  /// those that runs had no word for when folders began to be named by this, at their defaults.
  package var textOfRun: String {
    let defaults = Recipe()
    return text {
      $0.role != .care && !($0.isLater && "\($0.get(self))" == "\($0.get(defaults))")
    }
  }

  private func text(where isWanted: (Key) -> Bool) -> String {
    var lines: [String] = []
    var table = ""
    for key in Self.keys where isWanted(key) {
      let parts = key.name.split(separator: ".", maxSplits: 1)
      if parts[0] != table {
        table = String(parts[0])
        lines += lines.isEmpty ? ["[\(table)]"] : ["", "[\(table)]"]
      }
      lines.append("\(parts[1]) = \(key.get(self))")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The defaults of all keys with what they mean, as the README shows them.
  package static var documentation: String {
    let recipe = Recipe()
    var lines: [String] = []
    var table = ""
    for key in keys {
      let parts = key.name.split(separator: ".", maxSplits: 1)
      if parts[0] != table {
        table = String(parts[0])
        lines.append("[\(table)]")
      }
      let line = "\(parts[1]) = \(key.get(recipe))"
      lines += commented(line, key.meaning)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// `line` with a comment from a fixed column on, in several lines where it is long.
  private static func commented(_ line: String, _ comment: String) -> [String] {
    let (column, width) = (28, 100)
    var lines = [line]
    for word in comment.split(separator: " ") {
      let last = lines.count - 1
      if lines[last] == line || lines[last].count + word.count + 1 > width {
        let start = lines[last] == line ? line : ""
        if start.isEmpty { lines.append("") }
        let padding = String(repeating: " ", count: max(1, column - start.count))
        lines[lines.count - 1] = start + padding + "# " + word
      } else {
        lines[last] += " " + word
      }
    }
    return lines
  }
}
