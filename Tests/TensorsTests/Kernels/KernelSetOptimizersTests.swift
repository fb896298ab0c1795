import Tensors
import TestSupport
import Testing

@Suite struct KernelSetOptimizersTests {
  private static let counts = [1, 15, 16, 17, 100]
  /// A place in the buffers that is not aligned, as a rank's segment of a bucket is.
  private static let offset = 3

  private static func random(_ count: Int, using random: inout SeededRandom) -> FloatBuffer {
    FloatBuffer((0..<count + 2 * offset).map { _ in Float.random(in: -1...1, using: &random) })
  }

  private static func adamSettings(_ step: Int, shrinkage: Double = 0) -> KernelSet.Adam {
    KernelSet.Adam(
      learningRate: 1e-3, weightDecay: 5e-4, shrinkage: shrinkage, beta1Power: power(0.9, step),
      beta2Power: power(0.999, step))
  }

  private static func power(_ base: Double, _ exponent: Int) -> Double {
    (0..<exponent).reduce(1) { power, _ in power * base }
  }

  @Test("Adam has the bits of a plain loop on every set", arguments: counts, [0, 0.02])
  func adamBits(count: Int, shrinkage: Double) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let gradients = (0..<3).map { _ in Self.random(count, using: &random) }
    let start = Self.random(count, using: &random)
    let places = Self.offset..<Self.offset + count
    let expected = [
      start.duplicate(), FloatBuffer(count: start.count), FloatBuffer(count: start.count),
    ]
    for (step, gradient) in gradients.enumerated() {
      let settings = Self.adamSettings(step + 1, shrinkage: shrinkage)
      for place in places {
        Self.plainAdam(
          &expected[0][place], &expected[1][place], &expected[2][place], gradient[place], settings)
      }
    }
    for kernels in KernelSet.available {
      let (p, m, v) = (start.duplicate(), expected[1].zeroed, expected[2].zeroed)
      for (step, gradient) in gradients.enumerated() {
        kernels.adam(
          FloatSlice(p, places), first: FloatSlice(m, places), second: FloatSlice(v, places),
          gradient: FloatSlice(gradient, places),
          settings: Self.adamSettings(step + 1, shrinkage: shrinkage))
      }
      for (result, expected) in zip([p, m, v], expected) {
        #expect(result.firstDifference(from: expected) == nil, "\(kernels.name)")
      }
    }
  }

  private static func plainAdam(
    _ p: inout Float, _ m: inout Float, _ v: inout Float, _ gradient: Float,
    _ settings: KernelSet.Adam
  ) {
    p *= Float(1 - settings.shrinkage)
    let g = gradient.addingProduct(Float(settings.weightDecay), p)
    m = m.addingProduct(Float(1 - settings.beta1), g - m)
    let squareShare = g * Float(1 - settings.beta2)
    v = (v * Float(settings.beta2)).addingProduct(squareShare, g)
    let root = v.squareRoot() / Float((1 - settings.beta2Power).squareRoot())
    let stepSize = Float(settings.learningRate / (1 - settings.beta1Power))
    p = p.addingProduct(-stepSize, m / (root + Float(settings.epsilon)))
  }

  @Test("Adam follows PyTorch's formulas in double precision over several steps")
  func adamFormulas() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let start = Self.random(50, using: &random)
    let size = start.count
    let p = start.duplicate()
    let (m, v) = (p.zeroed, p.zeroed)
    var exact = start.elements.map(Double.init)
    var exactM = [Double](repeating: 0, count: size)
    var exactV = exactM
    for step in 1...10 {
      let gradient = Self.random(50, using: &random)
      KernelSet.available[0].adam(
        FloatSlice(p, 0..<size), first: FloatSlice(m, 0..<size), second: FloatSlice(v, 0..<size),
        gradient: FloatSlice(gradient, 0..<size), settings: Self.adamSettings(step))
      for index in 0..<size {
        let g = Double(gradient[index]) + 5e-4 * exact[index]
        exactM[index] = 0.9 * exactM[index] + 0.1 * g
        exactV[index] = 0.999 * exactV[index] + 0.001 * g * g
        let corrected = exactM[index] / (1 - Self.power(0.9, step))
        let correctedSquare = exactV[index] / (1 - Self.power(0.999, step))
        exact[index] -= 1e-3 * corrected / (correctedSquare.squareRoot() + 1e-8)
      }
    }
    for index in 0..<size { #expect(abs(Double(p[index]) - exact[index]) <= 1e-6) }
  }

  @Test("SGD has the bits of a plain loop on every set", arguments: counts, [false, true])
  func stochasticGradientDescentBits(count: Int, usesNesterov: Bool) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let gradients = (0..<3).map { _ in Self.random(count, using: &random) }
    let start = Self.random(count, using: &random)
    // The first step must not read the velocity.
    let unset = FloatBuffer((0..<start.count).map { _ in Float.nan })
    let places = Self.offset..<Self.offset + count
    let (expected, expectedVelocity) = (start.duplicate(), unset.duplicate())
    for (step, gradient) in gradients.enumerated() {
      for place in places {
        let g = gradient[place].addingProduct(Float(5e-4), expected[place])
        expectedVelocity[place] =
          step == 0 ? g : g.addingProduct(Float(0.9), expectedVelocity[place])
        let step =
          usesNesterov
          ? g.addingProduct(Float(0.9), expectedVelocity[place]) : expectedVelocity[place]
        expected[place].addProduct(-Float(0.1), step)
      }
    }
    for kernels in KernelSet.available {
      let (p, velocity) = (start.duplicate(), unset.duplicate())
      for (step, gradient) in gradients.enumerated() {
        kernels.stochasticGradientDescent(
          FloatSlice(p, places), velocity: FloatSlice(velocity, places),
          gradient: FloatSlice(gradient, places), learningRate: 0.1, weightDecay: 5e-4,
          momentum: 0.9, usesNesterov: usesNesterov, isFirst: step == 0)
      }
      #expect(p.firstDifference(from: expected) == nil, "\(kernels.name)")
      #expect(velocity.firstDifference(from: expectedVelocity) == nil, "\(kernels.name)")
    }
  }

  @Test("SGD follows PyTorch's formulas in double precision over several steps")
  func stochasticGradientDescentFormulas() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let start = Self.random(50, using: &random)
    let size = start.count
    let p = start.duplicate()
    let velocity = p.zeroed
    var exact = start.elements.map(Double.init)
    var exactVelocity = [Double](repeating: 0, count: size)
    for step in 0..<5 {
      let gradient = Self.random(50, using: &random)
      KernelSet.available[0].stochasticGradientDescent(
        FloatSlice(p, 0..<size), velocity: FloatSlice(velocity, 0..<size),
        gradient: FloatSlice(gradient, 0..<size), learningRate: 0.1, weightDecay: 5e-4,
        momentum: 0.9, isFirst: step == 0)
      for index in 0..<size {
        let g = Double(gradient[index]) + 5e-4 * exact[index]
        exactVelocity[index] = 0.9 * exactVelocity[index] + g
        exact[index] -= 0.1 * exactVelocity[index]
      }
    }
    for index in 0..<size { #expect(abs(Double(p[index]) - exact[index]) <= 1e-6) }
  }
}

extension FloatBuffer {
  fileprivate var zeroed: FloatBuffer { FloatBuffer(count: count) }
}
