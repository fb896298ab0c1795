import Foundation
import Tensors
import TestSupport
import Testing

/// Activations in every kernel set: bit for bit what `ActivationDefinition` says, and that near
/// what the functions are.
@Suite struct ActivationKernelsTests {
  private func repeatedly(_ body: (PlaneCase, inout SeededRandom) -> Void) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<40 { body(PlaneCase(using: &random), &random) }
  }

  @Test("Leaky rectifiers multiply what is not above 0, and its gradient")
  func leak() {
    repeatedly { example, random in
      let slope = Float.random(in: 0.01...2, using: &random)
      let x = example.blocks(special: true, using: &random)
      x.expect("\(example)", example.count) { place in
        x[place] <= 0 ? x[place] * slope : x[place]
      } of: { kernels, x in
        kernels.leak(x, slope: slope, blocks: example.count)
      }
      let dy = example.blocks(using: &random)
      dy.expect("gradient, \(example)", example.count) { place in
        x[place] <= 0 ? dy[place] * slope : dy[place]
      } of: { kernels, dy in
        kernels.leakBackward(dy, output: x, slope: slope, blocks: example.count)
      }
    }
  }

  @Test(
    "Smooth activations are their definition, in maps of any halo, and their gradient adds",
    arguments: [SmoothActivation.gelu, .silu])
  func smooth(_ activation: SmoothActivation) {
    repeatedly { example, random in
      let x = example.blocks(special: .random(using: &random), using: &random)
      if x.buffer.count > 0 { scale(x, by: .random(in: 0.1...20, using: &random)) }
      let y = example.blocks(using: &random)
      y.expect("\(example)", example.count) { place in
        ActivationDefinition(activation, x[place]).value
      } of: { kernels, y in
        kernels.activate(x, by: activation, into: y, blocks: example.count)
      }
      let dy = example.blocks(using: &random)
      for adds in [false, true] {
        let dx = example.blocks(using: &random)
        dx.expect("gradient, \(example)", example.count) { place in
          let derivative = ActivationDefinition(activation, x[place]).derivative
          return (adds ? dx[place] : 0).addingProduct(dy[place], derivative)
        } of: { kernels, dx in
          kernels.activateBackward(
            dy, x, by: activation, into: dx, adds: adds, blocks: example.count)
        }
      }
    }
  }

  private func scale(_ x: LaneBlocks, by factor: Float) {
    for index in 0..<x.buffer.count { x.buffer[index] *= factor }
  }

  @Test("The definition is good to a millionth of each value, in the tails, too")
  func accuracy() {
    // What lies farther out is below the smallest normal number.
    for step in -12_800...12_800 {
      let x = Float(step) / 1000
      let (wide, half) = (Double(x), 0.5 * erfc(-Double(x) / 2.0.squareRoot()))
      let bell = exp(-wide * wide / 2) / (2 * Double.pi).squareRoot()
      let gelu = ActivationDefinition(.gelu, x)
      #expect(abs(Double(gelu.value) - wide * half) <= 1e-6 * abs(wide * half), "\(x)")
      let parts = half + abs(wide) * bell
      #expect(abs(Double(gelu.derivative) - (half + wide * bell)) <= 1e-6 * parts, "\(x)")
      let share = 1 / (1 + exp(-wide))
      let silu = ActivationDefinition(.silu, x)
      #expect(abs(Double(silu.value) - wide * share) <= 1e-6 * abs(wide * share), "\(x)")
      let derivative = share + wide * share * (1 - share)
      #expect(
        abs(Double(silu.derivative) - derivative) <= 1e-6 * (share + abs(wide) * share), "\(x)")
    }
  }

  @Test("0 stays 0, as what is pruned must; infinity has limits, and what is no number stays none")
  func limits() {
    for activation in [SmoothActivation.gelu, .silu] {
      #expect(ActivationDefinition(activation, 0).value == 0)
      #expect(ActivationDefinition(activation, .infinity).value == .infinity)
      #expect(ActivationDefinition(activation, .infinity).derivative == 1)
      #expect(abs(ActivationDefinition(activation, -.infinity).value) < 1e-30)
      #expect(abs(ActivationDefinition(activation, -.infinity).derivative) < 1e-30)
      #expect(ActivationDefinition(activation, .nan).value.isNaN)
      #expect(ActivationDefinition(activation, .nan).derivative.isNaN)
    }
  }
}
