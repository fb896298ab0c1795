import Foundation

/// How numbers are distributed: their percentiles, and how many fall in fixed bins on a log scale.
///
/// Bin b holds x with 10^(b/4) ≤ |x| < 10^((b + 1)/4); those beyond the first or the last bin count
/// there.
package struct Distribution: Codable, Equatable, Sendable {
  /// The bins there are: 10⁻¹² to 10⁸.
  package static let bins = -48..<32

  /// Which percentiles there are.
  package static let percents = [0, 5, 25, 50, 75, 95, 100]

  /// How many numbers, and how many of them are 0, which is in no bin.
  package let count, zeros: Int
  /// Σx and Σx².
  package let sum, sumOfSquares: Double
  /// The numbers at `percents`, the nearest below; none without numbers.
  package let percentiles: [Double]
  /// The bin of the first element of `positive` and `negative`.
  package let firstBin: Int
  /// Numbers above 0 in each bin, and below 0.
  package let positive, negative: [Int]

  /// That of those of `numbers` that are finite.
  package init(_ numbers: [Float]) {
    let numbers = numbers.filter(\.isFinite)
    var (positive, negative) = (
      [Int](repeating: 0, count: Self.bins.count), [Int](repeating: 0, count: Self.bins.count)
    )
    var (zeros, sum, squares) = (0, 0.0, 0.0)
    for number in numbers {
      guard number != 0 else {
        zeros += 1
        continue
      }
      sum += Double(number)
      squares += Double(number) * Double(number)
      let place = Self.bin(of: number) - Self.bins.lowerBound
      if number > 0 { positive[place] += 1 } else { negative[place] += 1 }
    }
    percentiles = Self.percentiles(of: numbers)
    (count, self.zeros, self.sum, sumOfSquares) = (numbers.count, zeros, sum, squares)
    let used = positive.indices.filter { positive[$0] + negative[$0] > 0 }
    let (first, last) = (used.first ?? 0, used.last ?? -1)
    firstBin = Self.bins.lowerBound + first
    self.positive = Array(positive[first..<last + 1])
    self.negative = Array(negative[first..<last + 1])
  }

  /// The bin of a number other than 0.
  static func bin(of number: Float) -> Int {
    let (size, bounds) = (Double(abs(number)), lowerBounds)
    var bin = firstBins[Int(abs(number).exponentBitPattern)]
    while bin + 1 < bins.upperBound, size >= bounds[bin + 1 - bins.lowerBound] { bin += 1 }
    return bin
  }

  private static let lowerBounds = bins.map(lowerBound)

  /// By a float's exponent, the bin of the smallest number that has it.
  private static let firstBins = (0..<256).map { exponent in
    let least = exponent == 0 ? 0 : scalbn(1.0, exponent - 127)
    return (bins.lowerBound + 1..<bins.upperBound).last { lowerBound(ofBin: $0) <= least }
      ?? bins.lowerBound
  }

  /// The lower bound of |x| in bin `bin`.
  package static func lowerBound(ofBin bin: Int) -> Double { pow(10, Double(bin) / 4) }
}

extension Distribution {
  /// The numbers at `percents` without sorting them all: those whose first 16 bits are those of one
  /// that is looked for.
  private static func percentiles(of numbers: [Float]) -> [Double] {
    guard !numbers.isEmpty else { return [] }
    var counts = [Int](repeating: 0, count: 1 << 16)
    for number in numbers { counts[number.rankingBits] += 1 }
    let wanted = percents.map { $0 * (numbers.count - 1) / 100 }
    // The numbers before those of each 16 bits that are looked for.
    var before: [Int: Int] = [:]
    var (passed, next) = (0, 0)
    for bits in counts.indices where counts[bits] > 0 && next < wanted.count {
      if wanted[next] < passed + counts[bits] { before[bits] = passed }
      while next < wanted.count, wanted[next] < passed + counts[bits] { next += 1 }
      passed += counts[bits]
    }
    var isSorted = [Bool](repeating: false, count: 1 << 16)
    for bits in before.keys { isSorted[bits] = true }
    var candidates: [Int: [Float]] = [:]
    for number in numbers where isSorted[number.rankingBits] {
      candidates[number.rankingBits, default: []].append(number)
    }
    for bits in before.keys { candidates[bits]?.sort() }
    return wanted.map { place in
      for (bits, first) in before {
        guard let sorted = candidates[bits], (first..<first + sorted.count).contains(place) else {
          continue
        }
        return Double(sorted[place - first])
      }
      preconditionFailure("no number at place \(place) of \(numbers.count)")
    }
  }
}

extension Float {
  /// The first 16 bits of a pattern that is in the order of numbers.
  fileprivate var rankingBits: Int {
    let bits = bitPattern
    return Int((sign == .minus ? ~bits : bits | 0x8000_0000) >> 16)
  }
}

extension ScoredNetwork {
  /// The scores of the surviving connections of the group at place `group`.
  package func scoreDistribution(by criterion: any Criterion, group index: Int) -> Distribution {
    let group = network.layout.groups[index]
    var scores: [Float] = []
    for unit in 0..<group.units {
      for (input, score) in criterion.scores(of: unit, group: index, in: self).enumerated()
      where network.mask[group.index(unit: unit, input: input)] {
        scores.append(Float(score))
      }
    }
    return Distribution(scores)
  }

  /// The surviving weights and biases of the group at place `group`.
  package func weightDistribution(group index: Int) -> Distribution {
    let group = network.layout.groups[index]
    var numbers: [Float] = []
    for unit in 0..<group.units {
      for input in 0..<group.connectionsPerUnit
      where network.mask[group.index(unit: unit, input: input)] {
        numbers += weights[group.parameterRange(unit: unit, input: input)]
      }
    }
    return Distribution(numbers)
  }
}
