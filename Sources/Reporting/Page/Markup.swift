/// Text of an HTML page or of SVG in it. Whatever is put into it is escaped; elements are not.
struct Markup: ExpressibleByStringInterpolation, Sendable {
  /// As a page has it.
  let text: String

  private init(raw text: String) { self.text = text }

  /// `text` as a reader is to see it.
  init(_ text: String) { self.init(raw: text.printableLines.escapedForMarkup) }

  /// `text` as a reader is to see it.
  init(stringLiteral text: String) { self.init(text) }

  /// One after the other.
  init(_ parts: [Markup]) { self.init(raw: parts.map(\.text).joined()) }

  /// The element `name` with attributes, whose values are escaped, and `content`.
  static func element(
    _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:],
    _ content: [Markup] = []
  ) -> Markup {
    let list = attributes.map { " \($0)=\"\($1.printable.escapedForMarkup)\"" }.joined()
    return Markup(raw: "<\(name)\(list)>" + Markup(content).text + "</\(name)>")
  }

  /// A style sheet of the product's own.
  static func style(_ sheet: StaticString) -> Markup {
    Markup(raw: "<style>\(sheet)</style>")
  }

  /// A whole page.
  static func page(title: String, head: [Markup], body: [Markup]) -> Markup {
    let meta = """
      <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">\
      <link rel="icon" href="data:,">
      """
    let headElement = element(
      "head", [:], [Markup(raw: meta), element("title", [:], [Markup(title)])] + head)
    let whole = element("html", ["lang": "en"], [headElement, element("body", [:], body)])
    return Markup(raw: "<!DOCTYPE html>\n" + whole.text + "\n")
  }
}

extension String {
  fileprivate var escapedForMarkup: String {
    var escaped = ""
    escaped.reserveCapacity(utf8.count)
    for character in unicodeScalars {
      switch character {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "'": escaped += "&#39;"
      default: escaped.unicodeScalars.append(character)
      }
    }
    return escaped
  }
}
