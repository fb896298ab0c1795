/// Which connections are kept: one bit a connection, 1 = kept, in the network's canonical order.
package struct Mask: Equatable, Sendable {
  /// Connections, kept and pruned.
  package let count: Int
  private var words: [UInt64]

  /// A mask of `count` connections, all kept or all pruned.
  package init(count: Int, kept: Bool = true) {
    self.count = count
    self.words = [UInt64](repeating: kept ? ~0 : 0, count: (count + 63) / 64)
    if kept, count % 64 != 0 { words[words.count - 1] = (1 << UInt64(count % 64)) - 1 }
  }

  /// The mask of `count` connections whose packed bytes are `bytes`, as `bytes` gives them; nil
  /// where their number is wrong or a bit after the last connection is set.
  package init?(count: Int, bytes: [UInt8]) {
    self.init(count: count, kept: false)
    guard bytes.count == words.count * 8 else { return nil }
    for (index, byte) in bytes.enumerated() {
      words[index / 8] |= UInt64(byte) << UInt64(8 * (index % 8))
    }
    if count % 64 != 0, words[words.count - 1] >> UInt64(count % 64) != 0 { return nil }
  }

  /// Whether connection `index` is kept.
  package subscript(index: Int) -> Bool {
    get { words[index >> 6] >> UInt64(index & 63) & 1 == 1 }
    set {
      let bit: UInt64 = 1 << UInt64(index & 63)
      if newValue { words[index >> 6] |= bit } else { words[index >> 6] &= ~bit }
    }
  }

  /// The bits packed into bytes, least significant first, padded to whole words of eight bytes.
  package var bytes: [UInt8] {
    words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) } }
  }

  /// How many connections are kept.
  package var keptCount: Int { words.reduce(0) { $0 + $1.nonzeroBitCount } }

  /// How many of the connections in `range` are kept.
  package func keptCount(in range: Range<Int>) -> Int {
    range.reduce(0) { $0 + (self[$1] ? 1 : 0) }
  }

  /// Whether no connection is kept that `other` has pruned.
  package func isSubset(of other: Mask) -> Bool {
    count == other.count && zip(words, other.words).allSatisfy { $0 & ~$1 == 0 }
  }

  /// Calls `body` with the words that lie in `range` as a whole, and with the bits of `range` in
  /// the words at its edges, 0 around them.
  package func withWords<Result>(
    in range: Range<Int>, _ body: (UnsafeBufferPointer<UInt64>, _ edges: SIMD2<UInt64>) -> Result
  ) -> Result {
    let (first, last) = ((range.lowerBound + 63) / 64, range.upperBound / 64)
    let fromLower = ~UInt64(0) << UInt64(range.lowerBound & 63)
    let belowUpper = ~(~UInt64(0) << UInt64(range.upperBound & 63))
    return words.withUnsafeBufferPointer { words in
      guard first <= last else {
        return body(.init(rebasing: words[..<0]), SIMD2(words[last] & fromLower & belowUpper, 0))
      }
      let lower = range.lowerBound & 63 == 0 ? 0 : words[first - 1] & fromLower
      let upper = range.upperBound & 63 == 0 ? 0 : words[last] & belowUpper
      return body(.init(rebasing: words[first..<last]), SIMD2(lower, upper))
    }
  }

  /// The kept connections in ascending order.
  package var keptIndices: [Int] { (0..<count).filter { self[$0] } }
}
