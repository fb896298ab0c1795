import Datasets
import Testing

@Suite struct PixelsTests {
  @Test("bytes are seen without a copy and copied on request", arguments: [0, 1, 1000])
  func array(_ count: Int) {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
    let pixels = Pixels(bytes)
    #expect(pixels.count == count && pixels.copy == bytes)
    let sum = pixels.withSpan { span in span.indices.reduce(0) { $0 + Int(span[$1]) } }
    #expect(sum == bytes.reduce(0) { $0 + Int($1) })
  }
}
