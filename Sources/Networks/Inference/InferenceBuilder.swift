import Tensors

/// Makes the inference graph of a network: layers append what they are in evaluation mode.
package struct InferenceBuilder {
  /// The network whose parameters are taken.
  let network: Network
  private(set) var graph: InferenceGraph
  private let parameters: [Float]
  private let statisticRanges: [Range<Int>]

  private init(_ network: Network) {
    self.network = network
    graph = InferenceGraph(input: network.architecture.input)
    parameters = network.fullParameters
    statisticRanges = network.layout.statisticRanges
  }

  /// That of `network`, with all of its channels.
  static func graph(of network: Network) -> InferenceGraph {
    var builder = InferenceBuilder(network)
    _ = builder.append(network.graph.layers, input: 0)
    return builder.graph
  }

  /// Appends layers on map `input` and returns the number of what comes out.
  mutating func append(_ layers: [PlacedLayer], input: Int) -> Int {
    layers.reduce(input) { map, layer in
      layer.declaration.infer(layer, in: &self, input: map)
    }
  }

  /// Appends an operation for `layer` and returns the number of its output.
  mutating func append(
    _ kind: InferenceGraph.Kind, for layer: PlacedLayer, inputs: [Int]
  ) -> Int {
    let name = layer.parts.group.map { network.layout.groups[$0].name } ?? "\(layer.declaration)"
    return graph.append(kind, named: name, inputs: inputs, output: layer.output)
  }

  /// The weighted sums of `layer`, a convolution where it has a shape.
  func product(_ layer: PlacedLayer, convolution: ConvolutionShape? = nil) -> InferenceProduct {
    let group = group(layer)
    var product = InferenceProduct(convolution: convolution, inputCount: group.inputs)
    for unit in 0..<group.units {
      let hasBias = group.hasBias && network.mask[group.index(unit: unit, input: group.inputs)]
      product.appendUnit(
        bias: hasBias ? numbers(group, unit: unit, input: group.inputs)[0] : 0)
      for input in 0..<group.inputs where network.mask[group.index(unit: unit, input: input)] {
        product.appendConnection(input: input, numbers(group, unit: unit, input: input))
      }
    }
    return product
  }

  /// What the batch norm `layer` does to each channel, 0 where it is pruned.
  func scale(_ layer: PlacedLayer, epsilon: Double) -> ChannelScale {
    let group = group(layer)
    let statistics = statisticRanges[layer.parts.group ?? 0].lowerBound
    var scale = ChannelScale(
      channels: Array(0..<group.units), factors: [], summands: [])
    for unit in 0..<group.units {
      guard network.mask[group.index(unit: unit)] else {
        scale.factors.append(0)
        scale.summands.append(0)
        continue
      }
      let parameters = numbers(group, unit: unit, input: 0).map(Double.init)
      let mean = Double(network.statistics[statistics + unit])
      let variance = Double(network.statistics[statistics + group.units + unit])
      let factor = parameters[0] / (variance + epsilon).squareRoot()
      scale.factors.append(Float(factor))
      scale.summands.append(Float(parameters[1] - mean * factor))
    }
    return scale
  }

  private func group(_ layer: PlacedLayer) -> ConnectionGroup {
    guard let index = layer.parts.group else {
      preconditionFailure("\(layer.declaration) has no connections")
    }
    return network.layout.groups[index]
  }

  private func numbers(_ group: ConnectionGroup, unit: Int, input: Int) -> [Float] {
    Array(parameters[group.parameterRange(unit: unit, input: input)])
  }
}

extension ConnectionLayout {
  /// Where the running numbers of each group's units lie.
  var statisticRanges: [Range<Int>] {
    var start = 0
    return groups.map { group in
      defer { start += group.units * group.statisticsPerUnit }
      return start..<start + group.units * group.statisticsPerUnit
    }
  }
}
