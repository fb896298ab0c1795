import Foundation
import Testing

@Suite struct PrintableTests {
  @Test("what would move the cursor, end a line or turn text round is shown by its number")
  func escaped() {
    #expect("a\u{1B}[31mb".printable == "a\\u{1B}[31mb")
    #expect("a\nb\r\n\tc".printable == "a\\u{0A}b\\u{0D}\\u{0A}\\u{09}c")
    for value in [
      0, 7, 8, 0x7F, 0x85, 0x9B, 0x61C, 0x200E, 0x200F, 0x2028, 0x2029, 0x202A, 0x202E,
      0x2066, 0x2069,
    ] {
      let scalar = Unicode.Scalar(UInt32(value)).map(String.init) ?? ""
      let digits = String(value, radix: 16, uppercase: true)
      #expect("x\(scalar)".printable == "x\\u{\(value < 16 ? "0" : "")\(digits)}")
    }
  }

  @Test("letters of all kinds stay, and so do the line ends of texts of several lines")
  func letters() {
    for text in ["", "äß 漢字 🙂 e\u{301} עברית ×–←", "a\\b \"'"] { #expect(text.printable == text) }
    #expect("a\n\u{1B}b\n".printableLines == "a\n\\u{1B}b\n")
  }

  @Test("a line of JSON stays JSON of the same values")
  func json() throws {
    let values = ["a\u{202E}b\u{9B}c\u{7F}", "ä"]
    let line = String(decoding: try JSONEncoder().encode(values), as: UTF8.self).printableJSON
    #expect(line.printable == line)
    #expect(try JSONDecoder().decode([String].self, from: Data(line.utf8)) == values)
  }
}
