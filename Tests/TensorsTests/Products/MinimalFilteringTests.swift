import Tensors
import Testing

@Suite struct MinimalFilteringTests {
  private static func filtering(
    inputs: Int = 64, filters: Int = 64, size: Int = 16, kernel: Int = 3, stride: Int = 1,
    padding: Int = 1, kept: Double = 1
  ) -> MinimalFiltering {
    let shape = ConvolutionShape(
      inputs: inputs, height: size, width: size, filters: filters, kernel: kernel, stride: stride,
      padding: padding)
    return MinimalFiltering(shape, kernels: Int(kept * Double(inputs * filters)))
  }

  @Test func servesFullLayers() {
    #expect(Self.filtering().servesConvolution && Self.filtering().servesGradient)
  }

  @Test("Only kernels of 3×3 with step 1 over maps and channels of whole tiles")
  func shapes() {
    for other in [
      Self.filtering(kernel: 5, padding: 2), Self.filtering(kernel: 1, padding: 0),
      Self.filtering(stride: 2), Self.filtering(padding: 0), Self.filtering(size: 14),
      Self.filtering(inputs: 3), Self.filtering(filters: 40),
    ] { #expect(!other.servesConvolution && !other.servesGradient) }
  }

  @Test("Few kernels go by their lists")
  func density() {
    #expect(Self.filtering(kept: 0.65).servesConvolution)
    #expect(!Self.filtering(kept: 0.55).servesConvolution)
    #expect(!Self.filtering(kept: 0.55).servesGradient)
    #expect(Self.filtering(size: 32, kept: 0.55).servesGradient)
    #expect(!Self.filtering(size: 32, kept: 0.4).servesGradient)
  }

  @Test("Few channels have their gradients by the definition")
  func fewChannels() {
    let few = Self.filtering(inputs: 16, filters: 16)
    #expect(few.servesConvolution && !few.servesGradient)
    #expect(!Self.filtering(inputs: 16, filters: 16, kept: 0.7).servesConvolution)
  }

  @Test("Forward alone, filters that fill no vector count as if they did")
  func forwardAlone() {
    func serves(_ inputs: Int, _ filters: Int, kept: Double) -> Bool {
      let shape = ConvolutionShape(
        inputs: inputs, height: 16, width: 16, filters: filters, kernel: 3, stride: 1, padding: 1)
      let filtering = MinimalFiltering(
        shape, kernels: Int(kept * Double(inputs * filters)), servesBackward: false)
      #expect(!filtering.servesGradient)
      return filtering.servesConvolution
    }
    #expect(serves(35, 47, kept: 1) && serves(64, 64, kept: 0.65))
    #expect(!serves(35, 47, kept: 0.6) && !serves(35, 33, kept: 0.85))
  }

  @Test("Many kernels over few tiles have only their gradients filtered")
  func manyKernels() {
    let many = Self.filtering(inputs: 512, filters: 512, size: 4)
    #expect(!many.servesConvolution && many.servesGradient)
  }
}
