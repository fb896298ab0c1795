import Outcomes

/// Where the keys of a TOML text stand, and that it has nothing in it that the parser cannot be
/// given.
///
/// The parser is toml++ after C strings: it knows no line of a key, ends the process at a table
/// header that does not begin with a name and at a list with a `}` for a value, and takes a NUL for
/// the end of what it is in. Up to the first mistake in the text this walk sees strings, comments
/// and brackets as the parser does; what lies after the mistake neither needs.
struct ConfigurationOutline {
  /// The line of each key, its tables in front, joined by dots.
  private(set) var lines: [String: Int] = [:]
  private let bytes: [UInt8]
  private let path: String
  private var position = 0
  private var line = 1

  /// Walks through `text`, which was read from `path`.
  /// - Throws: `ConfigurationError` with the line.
  init(_ text: String, path: String) throws {
    bytes = Array(text.utf8)
    self.path = path
    // A byte order mark is passed over.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    var table = ""
    while let byte = peek() {
      switch byte {
      case "\n": advanceLine()
      case " ", "\t", "\r": position += 1
      case "[":
        table = try header() + "."
        try finishStatement()
      default:
        let (start, key) = (line, try name())
        if peek() == "=" { lines[table + key] = start }
        try finishStatement()
      }
    }
  }

  /// The byte `offset` after the next as an ASCII character; nil after the end.
  private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
    position + offset < bytes.count ? Unicode.Scalar(bytes[position + offset]) : nil
  }

  private mutating func advanceLine() {
    position += 1
    line += 1
  }

  private func mistake(_ reason: String) -> ConfigurationError {
    ConfigurationError(place: "\(path):\(line)", reason: reason)
  }

  /// The name after one or two opening brackets.
  private mutating func header() throws -> String {
    position += peek(1) == "[" ? 2 : 1
    while let byte = peek(), byte == " " || byte == "\t" { position += 1 }
    guard let byte = peek() else { return "" }
    guard Self.isBare(byte) || "\"']".unicodeScalars.contains(byte) else {
      throw mistake("a table needs a name behind its bracket, as in [training]")
    }
    return try name()
  }

  /// Letters, digits, - and _, dots between them, and what is in quotation marks.
  private mutating func name() throws -> String {
    var name: [UInt8] = []
    while let byte = peek() {
      switch byte {
      case "\"", "'":
        let start = position
        try skipString(byte)
        name += bytes[start..<position].dropFirst().dropLast()
      case " ", "\t": position += 1
      case ".": fallthrough
      case _ where Self.isBare(byte):
        name.append(bytes[position])
        position += 1
      default: return String(decoding: name, as: UTF8.self)
      }
    }
    return String(decoding: name, as: UTF8.self)
  }

  private static func isBare(_ byte: Unicode.Scalar) -> Bool {
    switch byte {
    case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
    default: false
    }
  }

  /// Passes over the rest of a statement: to the end of the line outside of all brackets.
  private mutating func finishStatement() throws {
    var open: [Unicode.Scalar] = []
    while let byte = peek() {
      switch byte {
      case "\n":
        advanceLine()
        if open.isEmpty { return }
      case "#": while let byte = peek(), byte != "\n" { try skipCharacter(byte) }
      case "\"", "'": try skipString(byte)
      case "[", "{":
        open.append(byte)
        position += 1
      case "}" where open.last == "[": throw mistake("a list must end with ], not with }")
      case "]", "}":
        _ = open.popLast()
        position += 1
      default: try skipCharacter(byte)
      }
    }
  }

  private mutating func skipCharacter(_ byte: Unicode.Scalar) throws {
    guard byte != "\0" else { throw mistake("has a character of number 0; leave it out") }
    position += 1
  }

  /// Passes over the string that begins with `quote`: one line of it, or several between three of
  /// them.
  private mutating func skipString(_ quote: Unicode.Scalar) throws {
    let isLong = peek(1) == quote && peek(2) == quote
    position += isLong ? 3 : 1
    while let byte = peek() {
      switch byte {
      case quote where !isLong:
        position += 1
        return
      case quote where peek(1) == quote && peek(2) == quote:
        position += 3
        // One or two in front of the last three belong to the text.
        for _ in 0..<2 where peek() == quote { position += 1 }
        return
      case "\n":
        guard isLong else { return }
        advanceLine()
      case "\\" where quote == "\"": try skipEscape()
      default: try skipCharacter(byte)
      }
    }
  }

  private mutating func skipEscape() throws {
    let digits = peek(1) == "u" ? 4 : peek(1) == "U" ? 8 : 0
    if digits > 0, (0..<digits).allSatisfy({ peek(2 + $0) == "0" }) {
      throw mistake("has a character of number 0; leave it out")
    }
    position += 1
    // The end of a line after it is counted as any other.
    if let byte = peek(), byte != "\n" { try skipCharacter(byte) }
  }
}
