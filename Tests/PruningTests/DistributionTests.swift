import Foundation
import Pruning
import TestSupport
import Tensors
import Testing

@Suite struct DistributionTests {
  @Test(
    "Percentiles are those of sorted numbers, bins those of logarithms",
    arguments: [1, 2, 99, 20_000])
  func definition(count: Int) {
    let seed = SeededRandom.printedSeed()
    var random = SeededRandom(seed: seed)
    let numbers = (0..<count).map { _ -> Float in
      let size = Float(pow(10, Double.random(in: -15...10, using: &random)))
      return [0, size, -size][Int.random(in: 0..<3, using: &random)]
    }
    let distribution = Distribution(numbers)
    let sorted = numbers.sorted()
    #expect(
      distribution.percentiles
        == Distribution.percents.map { Double(sorted[$0 * (count - 1) / 100]) }, "seed \(seed)")
    #expect(distribution.count == count)
    #expect(distribution.zeros == numbers.count { $0 == 0 })
    let binned = distribution.positive.reduce(0, +) + distribution.negative.reduce(0, +)
    #expect(binned + distribution.zeros == count)
    for (offset, counts) in zip(distribution.positive, distribution.negative).enumerated() {
      let bin = distribution.firstBin + offset
      let lower = bin == Distribution.bins.lowerBound ? 0 : Distribution.lowerBound(ofBin: bin)
      let upper =
        bin + 1 == Distribution.bins.upperBound
        ? .infinity : Distribution.lowerBound(ofBin: bin + 1)
      let inside = numbers.filter { $0 != 0 && (lower..<upper).contains(Double(abs($0))) }
      #expect(inside.count { $0 > 0 } == counts.0, "bin \(bin), seed \(seed)")
      #expect(inside.count { $0 < 0 } == counts.1, "bin \(bin), seed \(seed)")
    }
  }

  @Test("Nothing, and numbers that are none, are no numbers")
  func nothing() {
    let empty = Distribution([.nan, .infinity, -.infinity])
    #expect(empty.count == 0 && empty.percentiles.isEmpty && empty.positive.isEmpty)
    let least = Distribution([Float.leastNonzeroMagnitude, -.greatestFiniteMagnitude])
    #expect(least.positive.first == 1 && least.negative.last == 1)
    #expect(least.positive.count == Distribution.bins.count)
  }
}
