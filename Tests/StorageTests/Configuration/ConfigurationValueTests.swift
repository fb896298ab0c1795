import Storage
import TestSupport
import Testing

@Suite struct ConfigurationValueTests {
  @Test(
    "what a flag sets is the TOML value it looks like",
    arguments: [
      ("5", ConfigurationValue.integer(5)), ("-3", .integer(-3)), ("1_000", .integer(1000)),
      ("9223372036854775807", .integer(.max)), ("1.5", .number(1.5)), ("1e-3", .number(1e-3)),
      ("true", .truth(true)), ("false", .truth(false)), ("[]", .list([])),
      ("[1, 2]", .list([.integer(1), .integer(2)])), ("[\"a\"]", .list([.text("a")])),
      ("\"quoted text\"", .text("quoted text")), ("'5'", .text("5")), ("\"5\"", .text("5")),
    ])
  func value(_ text: String, _ value: ConfigurationValue) {
    #expect(ConfigurationValue(parsing: text) == value)
  }

  @Test(
    "anything else is a text",
    arguments: [
      "sgd", "fashion-mnist", "/data/with spaces/mnist", "", "1.2.3", "[1, 2", "True", "a = b",
      "{ a = 1 }", "2024-01-01", "99999999999999999999", "1\nother = 2", "\"open",
    ])
  func bareWord(_ text: String) {
    #expect(ConfigurationValue(parsing: text) == .text(text))
  }

  @Test(
    "a value's description is read as that value",
    arguments: [
      ConfigurationValue.integer(.min), .integer(0), .number(0), .number(1e-3),
      .number(.leastNonzeroMagnitude),
      .number(1e22), .number(0.1 + 0.2), .number(-1.5), .number(.infinity), .truth(true),
      .text(""), .text("plain"), .text("5"), .text("true"), .text("a \"quoted\" word"),
      .text("back\\slash \\n"), .text("C:\\new\\"), .text("ümlaut 字"), .text("tab\tand\nline\r\n"),
      .text("\u{1}\u{7F}"), .list([]), .list([.integer(1), .integer(-2)]),
      .list([.text("a, b"), .text("]")]), .list([.list([.truth(false)])]),
    ])
  func roundTrip(_ value: ConfigurationValue) {
    #expect(ConfigurationValue(parsing: value.description) == value)
  }

  @Test("any number's description is read as that number")
  func numbers() {
    let seed = SeededRandom.printedSeed()
    var random = SeededRandom(seed: seed)
    for _ in 0..<500 {
      let number = Double(bitPattern: random.next())
      guard number.isFinite else { continue }
      let value = ConfigurationValue.number(number)
      #expect(ConfigurationValue(parsing: value.description) == value, "seed \(seed)")
    }
  }
}
