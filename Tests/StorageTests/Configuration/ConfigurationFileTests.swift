import Outcomes
import Storage
import Testing

@Suite struct ConfigurationFileTests {
  private static let text = """
    # epochs = 1 in a comment is no key
    base = "other"

    [training]
    epochs = 60   # a comment
    milestones = [
      30,
      40,
    ]
      learning_rate = 1e-3

    [ pruning ]
    rewind = true
    inner.key = 'text'

    [quick]
    data.limit = 11000

    [a.b]
    c = -1
    """

  private func entries(_ text: String) throws -> [String: ConfigurationEntry] {
    let entries = try ConfigurationFile.entries(text, path: "some.toml")
    return Dictionary(entries.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
  }

  @Test("tables and dotted keys become one flat list")
  func flat() throws {
    #expect(
      try entries(Self.text).mapValues(\.value) == [
        "base": .text("other"), "training.epochs": .integer(60),
        "training.milestones": .list([.integer(30), .integer(40)]),
        "training.learning_rate": .number(1e-3), "pruning.rewind": .truth(true),
        "pruning.inner.key": .text("text"), "quick.data.limit": .integer(11000),
        "a.b.c": .integer(-1),
      ])
  }

  private static let lines = [
    ("base", 2), ("training.epochs", 5), ("training.milestones", 6), ("training.learning_rate", 10),
    ("pruning.rewind", 13), ("pruning.inner.key", 14), ("quick.data.limit", 17), ("a.b.c", 20),
  ]

  @Test("each key knows its line", arguments: lines)
  func line(_ key: String, _ line: Int) throws {
    #expect(try entries(Self.text)[key]?.place == "some.toml:\(line)")
  }

  @Test("lines that end as on Windows count alike", arguments: lines)
  func carriageReturns(_ key: String, _ line: Int) throws {
    let text = Self.text.replacing("\n", with: "\r\n")
    #expect(try entries(text)[key]?.place == "some.toml:\(line)")
  }

  @Test(
    "a file without keys has no entries", arguments: ["", "\n", "# only a comment", "[table]\n"])
  func empty(_ text: String) throws {
    #expect(try ConfigurationFile.entries(text, path: "some.toml").isEmpty)
  }

  @Test(
    "a mistake names its line",
    arguments: [
      ("a = 1\nb = \nc = 3", 2), ("a = 1\n\n\na = 2", 4), ("[table\na = 1", 1), ("a = [1,\n2", 2),
      ("x", 1), ("a = 1\nb = \"open\n", 2), ("a = 99999999999999999999", 1),
    ])
  func mistake(_ text: String, _ line: Int) throws {
    let error = try #require(throws: ConfigurationError.self) {
      try ConfigurationFile.entries(text, path: "some.toml")
    }
    #expect(error.place == "some.toml:\(line)")
    #expect(!error.reason.isEmpty)
    #expect(error.exitCode == .badConfiguration)
  }

  @Test(
    "a value that recipes have no use for is refused with its place",
    arguments: ["a = 1\nwhen = 2024-01-01", "a = 1\nwhen = [{ x = 1 }]"])
  func unknownKind(_ text: String) throws {
    let error = try #require(throws: ConfigurationError.self) {
      try ConfigurationFile.entries(text, path: "some.toml")
    }
    #expect(error.place == "some.toml:2")
    #expect(error.reason.contains("when"))
  }
}
