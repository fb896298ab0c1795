import Tensors

/// A dense layer: y_j = b_j + Σ_i w_ji x_i over all features of its input.
package struct Dense: LayerDeclaration {
  /// Its tensors are `name.weight`, `[neurons, features]`, and `name.bias`.
  package let name: String
  /// Features that come out.
  package let neurons: Int

  /// Notes its weights.
  package func place(in graph: inout Graph) -> PlacedLayer.Parts {
    PlacedLayer.Parts(
      group: graph.read(
        name, .dense, inputs: graph.shape.count, hasBias: true,
        output: FeatureShape(channels: neurons)))
  }

  /// Appends its products.
  package func append(_ layer: PlacedLayer, to program: inout ProgramBuilder, input: Int) -> Int {
    let (network, connectivity) = (program.network, program.connectivity(layer))
    let products: any DenseProducts =
      switch network.engine {
      case .lane: LaneDenseProducts(connectivity, kernels: network.kernels)
      case .openblas: BLASDenseProducts(connectivity, kernels: network.kernels)
      }
    let runner = WeightedRunner(
      layer, of: program, products: products,
      // A connection is in a list of inputs and in one of outputs with its position.
      listEntries: 3 * program.parameters(layer).count, takesWholeShare: true)
    return program.append(runner, for: layer, input: input)
  }

  /// Appends its product.
  package func infer(_ layer: PlacedLayer, in graph: inout InferenceBuilder, input: Int) -> Int {
    graph.append(.product(graph.product(layer)), for: layer, inputs: [input])
  }
}

extension Layer {
  /// y_j = b_j + Σ_i w_ji x_i for `neurons` neurons, over all features of its input.
  package static func dense(_ name: String, neurons: Int) -> Layer {
    Layer(Dense(name: name, neurons: neurons))
  }
}
