// Functions in plain arithmetic, so that no choice of a C library by processor enters the bits.

/// log x for normal x > 0: x = m·2ᵉ with m in [√½, √2), log m = 2 artanh((m−1)/(m+1)) by its
/// series.
package func naturalLogarithm(_ x: Double) -> Double {
  let fraction = x.bitPattern & (1 << 52 - 1)
  var mantissa = Double(bitPattern: fraction | 1.0.bitPattern)
  var exponent = Double(Int(x.bitPattern >> 52) - 1023)
  if mantissa > 2.0.squareRoot() {
    mantissa /= 2
    exponent += 1
  }
  let s = (mantissa - 1) / (mantissa + 1)
  let square = s * s
  var series = 1.0 / 27
  series = series * square + 1 / 25
  series = series * square + 1 / 23
  series = series * square + 1 / 21
  series = series * square + 1 / 19
  series = series * square + 1 / 17
  series = series * square + 1 / 15
  series = series * square + 1 / 13
  series = series * square + 1 / 11
  series = series * square + 1 / 9
  series = series * square + 1 / 7
  series = series * square + 1 / 5
  series = series * square + 1 / 3
  series = series * square + 1
  return exponent * 0.693147180559945309417 + 2 * s * series
}

/// sin x for x in [0, π/2]: up to π/4 by its series, from there on as the cosine of the rest; the
/// next terms are below 10⁻¹⁸.
package func sine(_ x: Double) -> Double {
  precondition((0...Double.pi / 2).contains(x), "a sine of \(x)")
  let isSmall = x <= .pi / 4
  let angle = isSmall ? x : .pi / 2 - x
  let square = angle * angle
  // A sum of 1 − x²/(2·3) + … or 1 − x²/(1·2) + … from the smallest term on.
  let sum = stride(from: isSmall ? 16.0 : 15.0, to: 0, by: -2).reduce(1) { sum, power in
    1 - sum * square / (power * (power + 1))
  }
  return isSmall ? angle * sum : sum
}
