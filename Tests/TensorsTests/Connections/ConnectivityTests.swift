import Tensors
import TestSupport
import Testing

@Suite struct ConnectivityTests {
  @Test("lists hold the surviving connections of every unit, inputs ascending, the bias last")
  func lists() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<50 {
      let units = Int.random(in: 1...20, using: &random)
      let perUnit = Int.random(in: 1...30, using: &random)
      let offset = Int.random(in: 0...100, using: &random)
      var mask = Mask(count: offset + units * perUnit + 10)
      for index in 0..<mask.count { mask[index] = Bool.random(using: &random) }
      let connectivity = Connectivity(
        units: units, connectionsPerUnit: perUnit, mask: mask, offset: offset)

      var next = 0
      for unit in 0..<units {
        let kept = (0..<perUnit).filter { mask[offset + unit * perUnit + $0] }
        let positions = connectivity.positions(of: unit)
        #expect(positions == next..<next + kept.count)
        #expect(positions.map(connectivity.input(at:)) == kept)
        next += kept.count
      }
      #expect(connectivity.kept == next)
      #expect(connectivity.isFull == (next == units * perUnit))
    }
  }

  @Test("a full layer knows that it is full, one with a connection less that it is not")
  func full() {
    var mask = Mask(count: 12)
    #expect(Connectivity(units: 3, connectionsPerUnit: 4, mask: mask, offset: 0).isFull)
    mask[11] = false
    #expect(!Connectivity(units: 3, connectionsPerUnit: 4, mask: mask, offset: 0).isFull)
  }

  @Test("a layer may have lost every connection")
  func empty() {
    let connectivity = Connectivity(
      units: 3, connectionsPerUnit: 4, mask: Mask(count: 12, kept: false), offset: 0)
    #expect(connectivity.kept == 0)
    #expect((0..<3).allSatisfy { connectivity.positions(of: $0).isEmpty })
  }
}
