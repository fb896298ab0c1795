/// Random numbers for property tests (SplitMix64); print the seed with a failure to repeat it.
package struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  /// Numbers of `seed`.
  package init(seed: UInt64) { state = seed }

  /// A seed nobody has chosen, printed so that a failure can be repeated.
  package static func printedSeed(_ test: String = #function) -> UInt64 {
    let seed = UInt64.random(in: 0...UInt64(UInt32.max))
    print("\(test): seed \(seed)")
    return seed
  }

  /// The next number.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
