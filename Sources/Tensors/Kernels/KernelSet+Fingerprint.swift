extension KernelSet {
  /// Σ of the numbers' words mod 2³², as `StepSums` has it.
  package func wordSum(_ numbers: FloatSlice) -> UInt32 {
    functions.word_sum(numbers.base, numbers.count)
  }

  /// Σ cₖwₖ mod 2⁶⁴ over the numbers' words w, with factors c that are odd and all different: it
  /// differs for numbers that differ in one bit, or in the places of two.
  package func fingerprint(_ numbers: FloatSlice) -> UInt64 {
    functions.fingerprint(numbers.base, numbers.count)
  }

  /// The fingerprint of a whole list.
  package func fingerprint(_ list: IndexBuffer) -> UInt64 {
    functions.fingerprint(list.base, list.count)
  }

  /// The fingerprint of the bits `range` of a mask.
  package func fingerprint(_ mask: Mask, _ range: Range<Int>) -> UInt64 {
    mask.withWords(in: range) { inner, edges in
      var edges = edges
      let outer = withUnsafeBytes(of: &edges) { functions.fingerprint($0.baseAddress, 4) }
      return functions.fingerprint(inner.baseAddress, 2 * inner.count)
        &+ outer &* 0x9E37_79B9_7F4A_7C15
    }
  }

  /// One fingerprint of several.
  package func fingerprint(_ fingerprints: [UInt64]) -> UInt64 {
    fingerprints.withUnsafeBufferPointer {
      functions.fingerprint($0.baseAddress, 2 * $0.count)
    }
  }
}
