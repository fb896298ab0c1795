import Tensors
import TestSupport
import Testing

@Suite struct MaskTests {
  private static func random(_ count: Int, using random: inout SeededRandom) -> ([Bool], Mask) {
    let kept = (0..<count).map { _ in Bool.random(using: &random) }
    var mask = Mask(count: count, kept: Bool.random(using: &random))
    for (index, bit) in kept.enumerated() { mask[index] = bit }
    return (kept, mask)
  }

  @Test("a new mask keeps all or nothing", arguments: [0, 1, 63, 64, 65, 128, 130])
  func uniform(count: Int) {
    #expect(Mask(count: count).keptCount == count)
    #expect(Mask(count: count, kept: false).keptCount == 0)
    #expect(Mask(count: count).keptIndices == Array(0..<count))
  }

  @Test("a mask remembers, counts and lists what it was told")
  func elements() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for count in [1, 63, 64, 65, 200] {
      let (kept, mask) = Self.random(count, using: &random)
      #expect((0..<count).map { mask[$0] } == kept)
      #expect(mask.keptCount == kept.count { $0 })
      #expect(mask.keptIndices == kept.indices.filter { kept[$0] })
      for start in stride(from: 0, to: count, by: 13) {
        #expect(mask.keptCount(in: start..<count) == kept[start...].count { $0 })
      }
      #expect(mask.keptCount(in: count..<count) == 0)
    }
  }

  @Test("masks of the same connections are equal however they came about")
  func equality() {
    var filled = Mask(count: 70, kept: false)
    for index in 0..<70 { filled[index] = true }
    #expect(filled == Mask(count: 70))
    filled[69] = false
    #expect(filled != Mask(count: 70))
    #expect(Mask(count: 70) != Mask(count: 71))
  }

  @Test("bytes hold the bits least significant first and give the mask back")
  func bytes() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for count in [0, 1, 8, 63, 64, 65, 200] {
      let (kept, mask) = Self.random(count, using: &random)
      let bytes = mask.bytes
      #expect(bytes.count == (count + 63) / 64 * 8)
      #expect(kept.indices.map { bytes[$0 / 8] >> UInt8($0 % 8) & 1 == 1 } == kept)
      #expect(Mask(count: count, bytes: bytes) == mask)
    }
  }

  @Test("bytes of the wrong number, or with a bit after the last connection, are no mask")
  func wrongBytes() {
    #expect(Mask(count: 65, bytes: Mask(count: 64).bytes) == nil)
    #expect(Mask(count: 64, bytes: Mask(count: 65).bytes) == nil)
    #expect(Mask(count: 64, bytes: Mask(count: 63).bytes) != nil)
    #expect(Mask(count: 63, bytes: Mask(count: 64).bytes) == nil)
    #expect(Mask(count: 0, bytes: []) != nil)
  }

  @Test("a subset keeps nothing that the other has pruned")
  func subsets() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let (_, mask) = Self.random(100, using: &random)
    #expect(mask.isSubset(of: mask))
    #expect(mask.isSubset(of: Mask(count: 100)))
    #expect(Mask(count: 100, kept: false).isSubset(of: mask))
    #expect(!mask.isSubset(of: Mask(count: 101)))
    for index in 0..<100 where mask[index] {
      var smaller = mask
      smaller[index] = false
      #expect(smaller.isSubset(of: mask))
      #expect(!mask.isSubset(of: smaller))
    }
  }
}
