extension String {
  /// The text on one line, as a terminal may be given it: characters that end a line, move the
  /// cursor, change colours or turn the direction of what follows are shown by their numbers,
  /// `\u{1B}`. They come from names of files, keys and hosts.
  package var printable: String { escaped(form: Self.swiftForm) { _ in false } }

  /// The same of a text of several lines, whose ends stay.
  package var printableLines: String { escaped(form: Self.swiftForm) { $0 == "\n" } }

  /// The same of a line of JSON, which still is one.
  package var printableJSON: String {
    escaped(form: { "\\u" + Self.hexadecimal($0, digits: 4) }) { _ in false }
  }

  private func escaped(
    form: (Unicode.Scalar) -> String, sparing: (Unicode.Scalar) -> Bool
  ) -> String {
    func mayStay(_ scalar: Unicode.Scalar) -> Bool { sparing(scalar) || !scalar.isUnprintable }
    guard !unicodeScalars.allSatisfy(mayStay) else { return self }
    return unicodeScalars.map { mayStay($0) ? String($0) : form($0) }.joined()
  }

  private static func swiftForm(_ scalar: Unicode.Scalar) -> String {
    "\\u{" + hexadecimal(scalar, digits: 2) + "}"
  }

  private static func hexadecimal(_ scalar: Unicode.Scalar, digits: Int) -> String {
    let text = String(scalar.value, radix: 16, uppercase: true)
    return String(repeating: "0", count: Swift.max(0, digits - text.count)) + text
  }
}

extension Unicode.Scalar {
  /// Whether it is a control character, ends a line, or turns the direction of text.
  fileprivate var isUnprintable: Bool {
    switch value {
    case 0...0x1F, 0x7F...0x9F, 0x61C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
    default: false
    }
  }
}
