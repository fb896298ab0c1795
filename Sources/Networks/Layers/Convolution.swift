import Tensors

/// A convolution: y_j(r, c) = b_j + Σ_i Σ_uv K_ji(u, v) x_i(stride · r + u − padding, stride · c +
/// v − padding) over all channels of its input, pixels off the map being 0.
package struct Convolution: LayerDeclaration {
  /// Its tensors are `name.weight`, `[filters, channels, kernel, kernel]`, and `name.bias`.
  package let name: String
  /// Channels that come out.
  package let filters: Int
  /// Rows and columns of a kernel.
  package let kernel: Int
  /// Rows and columns from one position to the next.
  package let stride: Int
  /// Rows and columns of zeros around the map.
  package let padding: Int
  /// Whether a filter has one.
  package let hasBias: Bool
  package let addsGradient = true

  private func shape(over input: FeatureShape) -> ConvolutionShape {
    ConvolutionShape(
      inputs: input.channels, height: input.height, width: input.width, filters: filters,
      kernel: kernel, stride: stride, padding: padding)
  }

  /// Notes its kernels.
  package func place(in graph: inout Graph) -> PlacedLayer.Parts {
    PlacedLayer.Parts(
      group: graph.convolve(name, shape(over: graph.shape), hasBias: hasBias))
  }

  /// Appends its products.
  package func append(_ layer: PlacedLayer, to program: inout ProgramBuilder, input: Int) -> Int {
    let shape = shape(over: layer.input)
    let runner = WeightedRunner(
      layer, of: program, products: products(layer, shape, program),
      // A kernel is in a list of inputs and in one of outputs, each with its position.
      listEntries: 4 * program.parameters(layer).count / shape.taps,
      // Where the kernels are larger than a block's maps, they are the ones to stay in the cache.
      takesWholeShare: shape.filters * shape.inputs * shape.taps
        > (shape.input.count + shape.output.count) * LaneBlocks.lanes,
      inputHalo: shape.padding, gradientHalo: shape.gradientHalo)
    return program.append(runner, for: layer, input: input)
  }

  private func products(
    _ layer: PlacedLayer, _ shape: ConvolutionShape, _ program: ProgramBuilder
  ) -> any ConvolutionProducts {
    let (network, connectivity) = (program.network, program.connectivity(layer))
    switch network.engine {
    case .lane:
      return LaneConvolutionProducts(
        connectivity, shape: shape, hasBias: hasBias, kernels: network.kernels,
        scratch: program.scratch)
    case .openblas:
      return BLASConvolutionProducts(
        connectivity, shape: shape, hasBias: hasBias, kernels: network.kernels)
    }
  }

  /// Appends its product.
  package func infer(_ layer: PlacedLayer, in graph: inout InferenceBuilder, input: Int) -> Int {
    let product = graph.product(layer, convolution: shape(over: layer.input))
    return graph.append(.product(product), for: layer, inputs: [input])
  }
}

extension Layer {
  /// `filters` filters of `kernel` × `kernel` over all channels of its input.
  package static func convolution(
    _ name: String, filters: Int, kernel: Int, stride: Int = 1, padding: Int = 0, bias: Bool = true
  ) -> Layer {
    Layer(
      Convolution(
        name: name, filters: filters, kernel: kernel, stride: stride, padding: padding,
        hasBias: bias))
  }
}
