import Foundation
import TestSupport
import Tensors
import Testing

@Suite struct ElementaryFunctionsTests {
  @Test("the sine is the C library's to the last digits, relative to small ones, too")
  func sines() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let points = (0..<1000).map { _ in Double.random(in: 0...(.pi / 2), using: &random) }
    for x in points + points.map({ $0 * 1e-9 }) + [0, .pi / 2, .pi / 4] {
      #expect(abs(sine(x) - sin(x)) <= 4e-16 * sin(x), "sin \(x)")
    }
    #expect(sine(.pi / 2) == 1)
  }
}
