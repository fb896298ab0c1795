import Storage

/// The classes of a data set: a label is a place in their order.
struct ClassNames {
  /// In order.
  let names: [String]
  private let labels: [String: Int32]

  /// Those that the text at `path` names, one a line.
  /// - Throws: `FileError`, damaged where a line is no name of a folder, or one comes twice.
  init(file path: String) throws {
    var (names, labels): ([String], [String: Int32]) = ([], [:])
    for line in try InputFile.lines(of: path) {
      func damaged(_ reason: String) -> FileError {
        .damaged(path: path, offset: nil, reason: "line \(line.number): \(reason)")
      }
      let words = line.text.split(whereSeparator: \.isWhitespace)
      guard words.count == 1, !words[0].contains("/"), !words[0].hasPrefix(".") else {
        throw damaged("\"\(line.text)\" is no name of a class")
      }
      let name = String(words[0])
      if let first = labels.updateValue(Int32(names.count), forKey: name) {
        throw damaged("\(name) is class \(first) already")
      }
      names.append(name)
    }
    guard !names.isEmpty else {
      throw FileError.damaged(path: path, offset: nil, reason: "names no class")
    }
    (self.names, self.labels) = (names, labels)
  }

  /// `names` in the order of their code points.
  init(sorting names: Set<String>) {
    // That of their UTF-8 is the same.
    self.names = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    labels = Dictionary(
      uniqueKeysWithValues: self.names.enumerated().map { ($0.element, Int32($0.offset)) })
  }

  /// The label of the class `name`; nil where it is none.
  subscript(_ name: String) -> Int32? { labels[name] }
}
