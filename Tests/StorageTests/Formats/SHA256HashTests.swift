import Storage
import Testing

/// Known answers of NIST's examples to FIPS 180-4.
@Suite struct SHA256HashTests {
  @Test(
    "the standard's examples",
    arguments: [
      ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
      ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
      (
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
      ),
    ])
  func knownAnswer(_ text: String, _ hash: String) throws {
    #expect(try SHA256Hash.of(Array(text.utf8)) == hash)
  }

  @Test("a million times the letter a")
  func million() throws {
    #expect(
      try SHA256Hash.of([UInt8](repeating: 0x61, count: 1_000_000))
        == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test("pieces hash like the whole", arguments: [0, 1, 63, 64, 65, 500])
  func pieces(_ cut: Int) throws {
    let bytes = (0..<500).map { UInt8(truncatingIfNeeded: $0) }
    let hash = try SHA256Hash()
    try hash.update(Array(bytes[..<cut]))
    try bytes.withUnsafeBytes { try hash.update(UnsafeRawBufferPointer(rebasing: $0[cut...])) }
    #expect(try hash.hexadecimal() == SHA256Hash.of(bytes))
  }
}
