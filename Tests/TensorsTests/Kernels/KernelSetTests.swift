import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct KernelSetTests {
  @Test("sets are found by name; without a name it is the widest")
  func names() {
    #expect(KernelSet.available.last?.name == "portable")
    #expect(KernelSet.named(nil)?.name == KernelSet.available[0].name)
    for kernels in KernelSet.available {
      #expect(KernelSet.named(kernels.name)?.name == kernels.name)
    }
    #expect(KernelSet.named("abacus") == nil)
  }

  @Test("A set for inference has no kernel that only training calls")
  func inferenceHasNoTraining() async {
    await #expect(processExitsWith: .success) { Self.trains(KernelSet.available[0]) }
    await #expect(processExitsWith: .failure) { Self.trains(KernelSet.available[0].forInference) }
  }

  /// A gradient that only training takes.
  private static func trains(_ kernels: KernelSet) {
    let maps = LaneBlocks(shape: FeatureShape(channels: 1), capacity: 1)
    let connectivity = Connectivity(
      units: 1, connectionsPerUnit: 2, mask: Mask(count: 2), offset: 0)
    LaneDenseProducts(connectivity, kernels: kernels).backward(
      maps, into: maps, weights: FloatSlice(FloatBuffer(count: 2), 0..<2), blocks: 1)
  }

  /// Three blocks of five features, every lane with another of the numbers that rectifiers treat
  /// apart.
  private func specialBlocks() -> LaneBlocks {
    let special: [Float] = [
      -.nan, .nan, -0.0, 0, -.infinity, .infinity, -1, 1, -.leastNormalMagnitude,
      .leastNormalMagnitude, -3e38, 3e38, 0.5,
    ]
    let x = LaneBlocks(shape: FeatureShape(channels: 5), capacity: 3)
    for index in 0..<x.buffer.count where index % x.stride < 5 * LaneBlocks.lanes {
      x.buffer[index] = special[index % special.count]
    }
    return x
  }

  @Test(
    "rectify makes what is not above zero +0, keeps NaN, and leaves the constant and other blocks")
  func rectify() {
    for kernels in KernelSet.available {
      let (x, expected) = (specialBlocks(), specialBlocks())
      for index in 0..<2 * x.stride where x.buffer[index] <= 0 { expected.buffer[index] = 0 }
      kernels.rectify(x, blocks: 2)
      #expect(x.buffer.firstDifference(from: expected.buffer) == nil, "\(kernels.name)")
    }
  }

  @Test("rectifyBackward passes the gradient on where the output is above zero or NaN")
  func rectifyBackward() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let output = specialBlocks()
    let gradient = LaneBlocks.random(features: 5, blocks: 3, using: &random)
    gradient[1, 2, 3] = .nan
    for kernels in KernelSet.available {
      let result = LaneBlocks(shape: output.shape, capacity: 3)
      result.buffer.copy(from: gradient.buffer)
      let expected = gradient.buffer.duplicate()
      for index in 0..<2 * output.stride where output.buffer[index] <= 0 { expected[index] = 0 }
      kernels.rectifyBackward(result, output: output, blocks: 2)
      #expect(result.buffer.firstDifference(from: expected) == nil, "\(kernels.name)")
    }
  }

  @Test(
    "pixels are bytes divided by 255, lanes without an image are zero",
    arguments: [(1, 1), (15, 16), (16, 16), (17, 9), (64, 1), (99, 15)])
  func load(pixels: Int, images: Int) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    // As long as the last image needs, so that a read after it would be one after the allocation.
    let bytes = (0..<images * pixels).map { _ in UInt8.random(in: 0...255, using: &random) }
    let starts = (0..<images).shuffled(using: &random).map { $0 * pixels }
    for kernels in KernelSet.available {
      let x = LaneBlocks.random(features: pixels, blocks: 3, using: &random)
      let expected = x.buffer.duplicate()
      for pixel in 0..<pixels {
        for lane in 0..<LaneBlocks.lanes {
          expected[x.stride + pixel * LaneBlocks.lanes + lane] =
            lane < images ? Float(bytes[starts[lane] + pixel]) / 255 : 0
        }
      }
      bytes.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { return }
        kernels.load(base, starts: starts, into: x, block: 1)
      }
      #expect(x.buffer.firstDifference(from: expected) == nil, "\(kernels.name)")
    }
  }

  @Test("absolute sums fold the lanes of the images and no others", arguments: [1, 7, 15, 16])
  func absoluteSums(images: Int) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let x = LaneBlocks.random(features: 37, blocks: 2, using: &random)
    x[1, 5, 0] = -0.0
    if images < LaneBlocks.lanes { x[1, 6, images] = .nan }
    let expected = (0..<37).map { feature in
      Double(
        folded((0..<LaneBlocks.lanes).map { $0 < images ? abs(x[1, feature, $0]) : 0 }))
    }
    for kernels in KernelSet.available {
      #expect(kernels.absoluteSums(x, block: 1, images: images) == expected, "\(kernels.name)")
    }
  }

  @Test("add adds element by element and touches nothing else", arguments: [0, 1, 15, 16, 17, 100])
  func add(count: Int) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let sum = FloatBuffer((0..<count + 10).map { _ in Float.random(in: -1...1, using: &random) })
    let other = FloatBuffer((0..<count + 10).map { _ in Float.random(in: -1...1, using: &random) })
    let expected = sum.duplicate()
    for index in 0..<count { expected[3 + index] += other[5 + index] }
    for kernels in KernelSet.available {
      let result = sum.duplicate()
      kernels.add(FloatSlice(other, 5..<5 + count), to: FloatSlice(result, 3..<3 + count))
      #expect(result.firstDifference(from: expected) == nil, "\(kernels.name)")
    }
  }

  @Test("the operations of multiply-add rounds grow with the rounds")
  func multiplyAddRounds() {
    for kernels in KernelSet.available {
      let once = kernels.multiplyAddRounds(1)
      #expect(once >= 2 * Double(LaneBlocks.lanes))
      #expect(kernels.multiplyAddRounds(10) == 10 * once)
    }
  }

  @Test("a thread that flushes subnormals loses them")
  func flushSubnormals() async {
    let smallest = Float.leastNormalMagnitude
    let outcome: (Bool, Float) = await withCheckedContinuation { continuation in
      // A thread of its own, because the mode stays with the thread.
      Thread {
        let canFlush = KernelSet.flushSubnormals()
        continuation.resume(returning: (canFlush, half(smallest)))
      }.start()
    }
    #expect(outcome.1 == 0 || !outcome.0)
  }
}

/// Half of `number`, computed when the program runs.
@inline(never)
private func half(_ number: Float) -> Float { number * (Float(CommandLine.argc) > 0 ? 0.5 : 0) }
