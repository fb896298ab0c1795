import Outcomes
import Storage
import Testing

/// Texts at which the TOML parser would end the process, read less than there is, or not come back.
@Suite struct DamagedConfigurationTests {
  /// Requires that `text` is refused, and gives the message.
  private func refusal(of text: String) throws -> String {
    try #require(throws: ConfigurationError.self) {
      try ConfigurationFile.entries(text, path: "some.toml")
    }.description
  }

  @Test(
    "a table without a name is refused with its line",
    arguments: [
      "[#", "[=]", "[[#]]", "[[[a]]]", "[ !]", "[.a]", "[\n]", "[ä]", "[\t#",
    ])
  func header(_ header: String) throws {
    let text = "a = \"\"\"\n[#\n\"\"\" # [\nb = '[' \n[c]\nd = [[\n], # ]\n]\n\(header)\n"
    #expect(try refusal(of: text).hasPrefix("some.toml:9: a table needs a name"))
    #expect(try refusal(of: "\u{FEFF}\(header)\n").hasPrefix("some.toml:1: a table needs a name"))
  }

  @Test("names in quotation marks and blanks are names")
  func names() throws {
    let text = "[ a ]\nb = 1\n[\"c\"]\n'd' = 2\n[[e]]\n"
    // A list of tables is no value of a configuration, and is named.
    #expect(try refusal(of: text) == "some.toml: e has a value of an unknown kind")
    let entries = try ConfigurationFile.entries(text.replacing("[[e]]\n", with: ""), path: "x")
    #expect(Set(entries.map { "\($0.key) \($0.place)" }) == ["a.b x:2", "c.d x:4"])
  }

  @Test("a list that a brace ends is refused", arguments: ["a = [}", "a = [1, }", "a = [[1],\n }"])
  func brace(_ text: String) throws {
    #expect(try refusal(of: text + "\n").contains("must end with ], not with }"))
  }

  @Test(
    "a character of number 0 is refused",
    arguments: [
      "a = 1\n\0[[[", "a = \"x\0y\"", "a = 'x\0'", "a = 1 # \0", "a = \"x\\u0000y\"",
      "a = \"x\\U00000000\"", "\"a\\u0000b\" = 1", "a = \"\"\"\n\\u0000\"\"\"",
    ])
  func zero(_ text: String) throws {
    #expect(try refusal(of: text).contains("character of number 0"))
  }

  @Test("a backslash in front of a backslash escapes nothing else")
  func escapes() throws {
    let entries = try ConfigurationFile.entries(#"a = "\\u0000 \" [" # ""#, path: "x")
    #expect(entries.map(\.value) == [.text(#"\u0000 " ["#)])
    #expect(ConfigurationValue(parsing: #""\u0000""#) == .text(#""\u0000""#))
    #expect(ConfigurationValue(parsing: "1\n[#") == .text("1\n[#"))
  }

  @Test("tables in one another without end are refused")
  func depth() throws {
    let name = String(repeating: "a.", count: 30_000) + "a"
    #expect(try refusal(of: "\(name) = 1\n").contains("more than 16 tables"))
    #expect(try refusal(of: "[\(name)]\n").contains("more than 16 tables"))
  }

  @Test("a long line of blanks after a bracket is read")
  func blanks() throws {
    let blanks = String(repeating: " ", count: 60_000)
    let entries = try ConfigurationFile.entries("a = '''\n[\(blanks)x\n'''\nb = 1\n", path: "x")
    #expect(Set(entries.map(\.place)) == ["x:1", "x:4"])
  }

  @Test("what looks like a key in a text of several lines has no line")
  func textLines() throws {
    let text = "[a]\nb = 1\nc = \"\"\"\n[z]\nb = 2\\\"\"\"\"\"\nd = 3\n"
    let entries = try ConfigurationFile.entries(text, path: "x")
    #expect(Set(entries.map { "\($0.key) \($0.place)" }) == ["a.b x:2", "a.c x:3", "a.d x:6"])
  }
}
