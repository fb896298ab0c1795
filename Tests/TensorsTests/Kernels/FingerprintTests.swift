import Tensors
import TestSupport
import Testing

@Suite struct FingerprintTests {
  private static let counts = [1, 15, 16, 17, 100]
  /// A place that is not aligned.
  private static let offset = 3

  private static func random(_ count: Int) -> FloatBuffer {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    return FloatBuffer(
      (0..<count + 2 * offset).map { _ in
        Float(bitPattern: UInt32.random(in: 0 ... .max, using: &random))
      })
  }

  private static func slice(_ buffer: FloatBuffer) -> FloatSlice {
    FloatSlice(buffer, offset..<buffer.count - offset)
  }

  @Test("sums and fingerprints are what their formulas say, on every set", arguments: counts)
  func formulas(count: Int) {
    let numbers = Self.slice(Self.random(count))
    let words = numbers.range.map { numbers.buffer[$0].bitPattern }
    let rows = (count + 15) / 16
    let expected = words.enumerated().reduce(UInt64(0)) { sum, word in
      sum &+ UInt64(32 * (rows - word.offset / 16) + 2 * (word.offset % 16) + 1)
        &* UInt64(word.element)
    }
    for kernels in KernelSet.available {
      #expect(kernels.wordSum(numbers) == words.reduce(0, &+), "\(kernels.name)")
      #expect(kernels.fingerprint(numbers) == expected, "\(kernels.name)")
    }
  }

  @Test("every bit that flips shows", arguments: counts)
  func flips(count: Int) {
    let numbers = Self.slice(Self.random(count))
    let kernels = KernelSet.available[0]
    let (sum, fingerprint) = (kernels.wordSum(numbers), kernels.fingerprint(numbers))
    for index in numbers.range {
      for bit in 0..<32 {
        let word = numbers.buffer[index]
        numbers.buffer[index] = Float(bitPattern: word.bitPattern ^ 1 << UInt32(bit))
        #expect(kernels.wordSum(numbers) != sum && kernels.fingerprint(numbers) != fingerprint)
        numbers.buffer[index] = word
      }
    }
    #expect(kernels.fingerprint(numbers) == fingerprint)
  }

  @Test("two words that change places show")
  func swaps() {
    let numbers = Self.slice(Self.random(60))
    let kernels = KernelSet.available[0]
    let fingerprint = kernels.fingerprint(numbers)
    for first in numbers.range {
      for second in first + 1..<numbers.range.upperBound {
        let (a, b) = (numbers.buffer[first], numbers.buffer[second])
        (numbers.buffer[first], numbers.buffer[second]) = (b, a)
        #expect(kernels.fingerprint(numbers) != fingerprint, "\(first), \(second)")
        (numbers.buffer[first], numbers.buffer[second]) = (a, b)
      }
    }
  }

  @Test("a mask's fingerprint sees each of its bits and no other")
  func masks() {
    let kernels = KernelSet.available[0]
    var mask = Mask(count: 300)
    for range in [0..<300, 0..<64, 3..<7, 60..<70, 64..<128, 64..<70, 70..<128, 100..<290, 5..<5] {
      let fingerprint = kernels.fingerprint(mask, range)
      for index in 0..<mask.count {
        mask[index].toggle()
        #expect((kernels.fingerprint(mask, range) != fingerprint) == range.contains(index))
        mask[index].toggle()
      }
    }
  }

  @Test("optimizers sum up what they read and write, on every set", arguments: counts)
  func stepSums(count: Int) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let buffers = (0..<4).map { _ in
      FloatBuffer(
        (0..<count + 2 * Self.offset).map { _ in Float.random(in: 0...1, using: &random) })
    }
    for kernels in KernelSet.available {
      for flaw in [nil, Float.nan, .infinity] {
        let (p, m, v, g) = (
          Self.slice(buffers[0].duplicate()), Self.slice(buffers[1].duplicate()),
          Self.slice(buffers[2].duplicate()), Self.slice(buffers[3].duplicate())
        )
        if let flaw { g.buffer[Int.random(in: g.range, using: &random)] = flaw }
        func sums(_ slices: [FloatSlice]) -> SIMD4<UInt32> {
          var sums = SIMD4<UInt32>.zero
          for (index, slice) in slices.enumerated() { sums[index] = kernels.wordSum(slice) }
          return sums
        }
        let (three, two) = (sums([p, m, v]), sums([p, m]))
        let adam = kernels.adam(
          p, first: m, second: v, gradient: g,
          settings: KernelSet.Adam(
            learningRate: 1e-3, weightDecay: 0, beta1Power: 0.9, beta2Power: 0.999))
        #expect(adam.read == three && adam.written == sums([p, m, v]), "\(kernels.name)")
        #expect(adam.isFinite == (flaw == nil))
        p.copy(from: Self.slice(buffers[0]))
        m.copy(from: Self.slice(buffers[1]))
        let sgd = kernels.stochasticGradientDescent(
          p, velocity: m, gradient: g, learningRate: 0.1, weightDecay: 0, momentum: 0.9,
          isFirst: count.isMultiple(of: 2))
        #expect(sgd.read == two && sgd.written == sums([p, m]), "\(kernels.name)")
        #expect(sgd.isFinite == (flaw == nil))
      }
    }
  }
}
