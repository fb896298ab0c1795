import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct CounterRandomTests {
  /// Philox4x32-10 as the paper gives it: per round both multiplications, the words crossed, the
  /// key raised.
  private static func philox(_ counter: [UInt32], key: [UInt32]) -> [UInt32] {
    var (words, key) = (counter, key)
    for _ in 0..<10 {
      let first = words[0].multipliedFullWidth(by: 0xD251_1F53)
      let second = words[2].multipliedFullWidth(by: 0xCD9E_8D57)
      words = [
        second.high ^ words[1] ^ key[0], second.low, first.high ^ words[3] ^ key[1], first.low,
      ]
      key = [key[0] &+ 0x9E37_79B9, key[1] &+ 0xBB67_AE85]
    }
    return words
  }

  private static func words(
    _ random: CounterRandom, _ element: Int, sample: Int = 0
  ) -> [UInt32] {
    let words = random.words(element, sample: sample)
    return [words.0, words.1, words.2, words.3]
  }

  @Test("counter and key zero give the known answer")
  func knownAnswer() {
    let random = CounterRandom(seed: 0, purpose: .initialWeights)
    #expect(Self.words(random, 0) == [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8])
  }

  @Test("the reference in this file gives the authors' known answers")
  func referenceAnswers() {
    let ones = [UInt32](repeating: .max, count: 4)
    #expect(
      Self.philox(ones, key: [.max, .max]) == [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD])
    #expect(
      Self.philox(
        [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344], key: [0xA409_3822, 0x299F_31D0])
        == [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1])
  }

  @Test("seed is the key; element, sample, iteration, epoch, purpose and layer are the counter")
  func composition() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<100 {
      let seed = Int(truncatingIfNeeded: random.next())
      let (element, sample) = (UInt32.random(in: 0 ... .max, using: &random), UInt32(7))
      let parts = (0..<3).map { _ in UInt32.random(in: 0...65_535, using: &random) }
      let numbers = CounterRandom(
        seed: seed, purpose: .shuffle, iteration: Int(parts[0]), epoch: Int(parts[1]),
        layer: Int(parts[2]))
      let key = [UInt32(truncatingIfNeeded: seed), UInt32(truncatingIfNeeded: seed >> 32)]
      let purpose = UInt32(CounterRandom.Purpose.shuffle.rawValue)
      let counter = [element, sample, parts[0] << 16 | parts[1], purpose << 16 | parts[2]]
      #expect(
        Self.words(numbers, Int(element), sample: Int(sample)) == Self.philox(counter, key: key))
    }
  }

  @Test("uniform numbers lie in (0, 1), even those of all zeros and all ones")
  func uniformEnds() {
    #expect(CounterRandom.uniform(.min, .min) > 0)
    #expect(CounterRandom.uniform(.max, .max) < 1)
    #expect(CounterRandom.uniform(.min, .min) == 1 - CounterRandom.uniform(.max, .max))
  }

  @Test("uniform numbers have the mean and variance of U(0, 1)")
  func uniformMoments() {
    let random = CounterRandom(seed: 1, purpose: .limit)
    let (mean, variance) = Self.moments((0..<10_000).map { random.uniform($0) })
    #expect(abs(mean - 0.5) < 0.01)
    #expect(abs(variance - 1.0 / 12) < 0.003)
  }

  @Test("normal numbers have the moments of N(0, 1)")
  func normalMoments() {
    let random = CounterRandom(seed: 1, purpose: .initialWeights)
    let numbers = (0..<10_000).map { random.normal($0) }
    let (mean, variance) = Self.moments(numbers)
    #expect(abs(mean) < 0.04)
    #expect(abs(variance - 1) < 0.05)
    let within = numbers.count { abs($0) < 1 }
    #expect(abs(Double(within) / 10_000 - 0.6827) < 0.02)
    #expect(numbers.contains { abs($0) > 3 })
  }

  private static func moments(_ numbers: [Double]) -> (mean: Double, variance: Double) {
    let mean = numbers.reduce(0, +) / Double(numbers.count)
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (mean, squares / Double(numbers.count))
  }

  @Test("a permutation has every number once, at any length", arguments: [0, 1, 2, 3, 17, 1000])
  func permutation(count: Int) {
    let order = CounterRandom(seed: 3, purpose: .shuffle).permutation(count)
    #expect(order.sorted() == Array(0..<count))
  }

  @Test("permutations repeat, and differ by seed, epoch, iteration and purpose")
  func permutationsDiffer() {
    let orders = [
      CounterRandom(seed: 3, purpose: .shuffle),
      CounterRandom(seed: 4, purpose: .shuffle),
      CounterRandom(seed: 3, purpose: .shuffle, epoch: 1),
      CounterRandom(seed: 3, purpose: .shuffle, iteration: 1),
      CounterRandom(seed: 3, purpose: .split),
    ].map { $0.permutation(100) }
    #expect(Set(orders).count == orders.count)
    #expect(CounterRandom(seed: 3, purpose: .shuffle).permutation(100) == orders[0])
  }

  @Test("every order of three is about as frequent")
  func permutationsAreFair() {
    var counts: [[Int]: Int] = [:]
    for seed in 0..<6_000 {
      counts[CounterRandom(seed: seed, purpose: .shuffle).permutation(3), default: 0] += 1
    }
    #expect(counts.count == 6)
    #expect(counts.values.allSatisfy { (850...1150).contains($0) })
  }

  @Test("our logarithm is the C library's to within rounding")
  func logarithm() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    // No subnormals: whether they count depends on what else has run on this thread.
    let anyMagnitude = (0..<2_000).map { _ in Double(bitPattern: random.next() >> 1) }
    let nearOne = (0..<2_000).map { _ in Double.random(in: 0.5...1.5, using: &random) }
    let corners = [
      1, 2, 0.5, 2.0.squareRoot(), 1.0.nextUp, 1.0.nextDown, .leastNormalMagnitude,
      .greatestFiniteMagnitude,
    ]
    let numbers = anyMagnitude.filter(\.isNormal) + nearOne + corners
    for number in numbers {
      let expected = log(number)
      #expect(abs(naturalLogarithm(number) - expected) <= 1e-15 * abs(expected), "\(number)")
    }
    #expect(naturalLogarithm(1) == 0)
  }
}
