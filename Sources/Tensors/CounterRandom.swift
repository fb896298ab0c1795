/// Counter-based random numbers: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as
/// 1, 2, 3", 2011).
///
/// A number is a function of what it is for, so there is no generator state to save and nothing
/// that depends on ranks or on the order of use.
package struct CounterRandom: Sendable {
  /// What the numbers are for; numbers of different purposes are independent.
  package enum Purpose: UInt16, Sendable {
    case initialWeights, split, shuffle, pruningSet, randomCriterion, limit, synthetic, dropout,
      augmentation
  }

  private let key: (UInt32, UInt32)
  private let stream: (UInt32, UInt32)

  /// The numbers for `purpose` under `seed`, apart for every pruning iteration, epoch and layer
  /// (each below 65,536).
  package init(seed: Int, purpose: Purpose, iteration: Int = 0, epoch: Int = 0, layer: Int = 0) {
    let seed = UInt64(bitPattern: Int64(seed))
    key = (UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32))
    stream = (
      UInt32(UInt16(iteration)) << 16 | UInt32(UInt16(epoch)),
      UInt32(purpose.rawValue) << 16 | UInt32(UInt16(layer))
    )
  }

  /// The four 32-bit words of counter (`element`, `sample`).
  package func words(
    _ element: Int, sample: Int = 0
  ) -> (UInt32, UInt32, UInt32, UInt32) {
    var counter = (
      UInt32(truncatingIfNeeded: element), UInt32(truncatingIfNeeded: sample), stream.0, stream.1
    )
    var key = key
    for _ in 0..<10 {
      let low = UInt64(0xD251_1F53) * UInt64(counter.0)
      let high = UInt64(0xCD9E_8D57) * UInt64(counter.2)
      counter = (
        UInt32(truncatingIfNeeded: high >> 32) ^ counter.1 ^ key.0,
        UInt32(truncatingIfNeeded: high),
        UInt32(truncatingIfNeeded: low >> 32) ^ counter.3 ^ key.1,
        UInt32(truncatingIfNeeded: low)
      )
      key = (key.0 &+ 0x9E37_79B9, key.1 &+ 0xBB67_AE85)
    }
    return counter
  }

  /// Uniform in (0, 1), never 0 or 1.
  package func uniform(_ element: Int, sample: Int = 0) -> Double {
    let words = words(element, sample: sample)
    return Self.uniform(words.0, words.1)
  }

  /// The middle of one of 2⁵² equal parts of (0, 1); with a bit more the last middle would round to
  /// 1.
  package static func uniform(_ first: UInt32, _ second: UInt32) -> Double {
    let bits = UInt64(first) << 20 | UInt64(second) >> 12
    return (Double(bits) + 0.5) * 0x1p-52
  }

  /// Standard normal, by the polar method (Marsaglia & Bray, 1964); each try takes its own counter.
  package func normal(_ element: Int) -> Double {
    var attempt = 0
    while true {
      let words = words(element, sample: attempt)
      let x = Double(UInt64(words.0) << 21 | UInt64(words.1) >> 11) * 0x1p-52 - 1
      let y = Double(UInt64(words.2) << 21 | UInt64(words.3) >> 11) * 0x1p-52 - 1
      let square = x * x + y * y
      if square > 0 && square < 1 {
        return x * (-2 * naturalLogarithm(square) / square).squareRoot()
      }
      attempt += 1
    }
  }

  /// The numbers 0 ..< `count` in random order (Fisher and Yates).
  package func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    guard count > 1 else { return order }
    for index in stride(from: count - 1, to: 0, by: -1) {
      let word = words(index).0
      // In Swift a shift binds tighter than a product.
      order.swapAt(index, Int((UInt64(word) * UInt64(index + 1)) >> 32))
    }
    return order
  }
}
