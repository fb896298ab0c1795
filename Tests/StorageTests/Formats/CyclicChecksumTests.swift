import Storage
import Testing

@Suite struct CyclicChecksumTests {
  @Test("Checksums are those of RFC 3720, appendix B.4, and of nine digits")
  func published() {
    #expect(CyclicChecksum.of([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CyclicChecksum.of([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CyclicChecksum.of((0..<32).map { UInt8($0) }) == 0x46DD_794E)
    #expect(CyclicChecksum.of(Array("123456789".utf8)) == 0xE306_9283)
  }
}
