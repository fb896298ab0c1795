import Datasets
import Networks
import Tensors

/// Writes an inference graph as ONNX, opset 17: dense tensors of what is there, normalisation
/// inside.
package struct ONNXWriter {
  private let graph: InferenceGraph
  private var model = ONNXModel()
  /// What the maps of the graph are called, and their axes.
  private var tensors: [Int: (name: String, axes: Int)] = [:]
  private var taken: Set<String> = []

  /// The model that puts images of pixels divided by 255, `[N, C, H, W]`, to logits `[N, classes]`.
  ///
  /// - Parameter normalisation: what pixels are normalised with; nil leaves them.
  package static func model(
    of graph: InferenceGraph, normalisation: Normalisation?, metadata: [String: String]
  ) -> ONNXModel {
    var writer = ONNXWriter(graph: graph)
    writer.model.metadata = metadata
    writer.writeInput(normalisation)
    for operation in graph.operations { writer.write(operation) }
    writer.writeOutput()
    return writer.model
  }

  private init(graph: InferenceGraph) { self.graph = graph }

  private mutating func writeInput(_ normalisation: Normalisation?) {
    let shape = graph.shapes[0]
    model.input.shape = [nil, shape.channels, shape.height, shape.width]
    tensors[0] = (model.input.name, 4)
    taken = [model.input.name, model.output.name]
    guard let normalisation else { return }
    let mean = constant("mean", normalisation.means, axes: 4)
    let deviation = constant("deviation", normalisation.deviations, axes: 4)
    let centred = node("Sub", "centre", [model.input.name, mean])
    tensors[0] = (node("Div", "normalise", [centred, deviation]), 4)
  }

  /// The logits have the last tensor's name, in place of its own.
  private mutating func writeOutput() {
    guard let last = tensors[graph.logits] else { preconditionFailure("no logits") }
    model.output.shape = [nil, graph.shapes[graph.logits].channels]
    if last.axes == 2, let index = model.nodes.firstIndex(where: { $0.outputs == [last.name] }) {
      model.nodes[index].outputs = [model.output.name]
    } else {
      model.nodes.append(
        ONNXModel.Node(
          name: "flatten_logits", operation: "Flatten", inputs: [last.name],
          outputs: [model.output.name], attributes: ["axis": .integer(1)]))
    }
  }

  private mutating func write(_ operation: InferenceGraph.Operation) {
    var output: String
    var axes = operation.inputs.first.flatMap { tensors[$0]?.axes } ?? 4
    let input = operation.inputs.first.flatMap { tensors[$0]?.name } ?? ""
    switch operation.kind {
    case .product(let product):
      if let shape = product.convolution {
        output = convolution(operation.name, product, shape, input)
      } else {
        output = dense(operation.name, product, input, axes: axes)
        axes = 2
      }
    case .scale(let scale):
      output = self.scale(operation.name, scale, input, axes: axes, of: operation.inputs[0])
    case .activation(let activation): output = self.activation(activation, input)
    case .maxPool(let size):
      output = node(
        "MaxPool", operation.name, [input],
        ["kernel_shape": .integers([size, size]), "strides": .integers([size, size])])
    case .mean: output = node("GlobalAveragePool", operation.name, [input])
    case .sum(let sum):
      if operation.inputs.isEmpty {
        axes = operation.output == graph.logits ? 2 : 4
        output = constantMaps(operation.name, sum, graph.shapes[operation.output], axes: axes)
      } else {
        output = self.sum(operation.name, sum, operation.inputs, axes: axes)
      }
    }
    if operation.rectifies { output = node("Relu", operation.name + ".relu", [output]) }
    tensors[operation.output] = (output, axes)
  }

  private mutating func convolution(
    _ name: String, _ product: InferenceProduct, _ shape: ConvolutionShape, _ input: String
  ) -> String {
    let weights = constant(
      name + ".weight", product.denseWeights,
      shape: [product.units, product.inputCount, shape.kernel, shape.kernel])
    let biases = constant(name + ".bias", product.biases, shape: [product.units])
    return node(
      "Conv", name, [input, weights, biases],
      [
        "kernel_shape": .integers([shape.kernel, shape.kernel]),
        "strides": .integers([shape.stride, shape.stride]),
        "pads": .integers([Int](repeating: shape.padding, count: 4)),
      ])
  }

  private mutating func dense(
    _ name: String, _ product: InferenceProduct, _ input: String, axes: Int
  ) -> String {
    let features =
      axes == 2 ? input : node("Flatten", name + ".flatten", [input], ["axis": .integer(1)])
    let weights = constant(
      name + ".weight", product.denseWeights, shape: [product.units, product.inputCount])
    let biases = constant(name + ".bias", product.biases, shape: [product.units])
    return node("Gemm", name, [features, weights, biases], ["transB": .integer(1)])
  }

  private mutating func scale(
    _ name: String, _ scale: ChannelScale, _ input: String, axes: Int, of map: Int
  ) -> String {
    let selected = select(name, input, scale.channels, of: map)
    let count = scale.channels.count
    let (zeros, ones) = ([Float](repeating: 0, count: count), [Float](repeating: 1, count: count))
    // With a mean of 0 and a variance of 1 it is factor · x + summand.
    let constants = [
      constant(name + ".weight", scale.factors, shape: [count]),
      constant(name + ".bias", scale.summands, shape: [count]),
      constant(name + ".running_mean", zeros, shape: [count]),
      constant(name + ".running_var", ones, shape: [count]),
    ]
    return node(
      "BatchNormalization", name, [selected] + constants, ["epsilon": .float(0)])
  }

  private mutating func activation(_ activation: Activation, _ input: String) -> String {
    switch activation {
    case .rectifier: return node("Relu", "relu", [input])
    case .leaky(let slope):
      return node("LeakyRelu", "leaky_relu", [input], ["alpha": .float(slope)])
    case .smooth(.silu):
      return node("Mul", "silu", [input, node("Sigmoid", "sigmoid", [input])])
    case .smooth(.gelu):
      let scaled = node("Mul", "gelu", [input, constant("gelu.root", [Float(0.5).squareRoot()])])
      let distribution = node(
        "Add", "gelu", [node("Erf", "gelu", [scaled]), constant("gelu.one", [1])])
      let half = node("Mul", "gelu", [input, constant("gelu.half", [0.5])])
      return node("Mul", "gelu", [half, distribution])
    }
  }

  private mutating func sum(
    _ name: String, _ sum: ChannelSum, _ inputs: [Int], axes: Int
  ) -> String {
    var terms: [String] = []
    for (term, map) in zip(sum.terms, inputs) {
      var tensor = tensors[map]?.name ?? ""
      if term.stride > 1 {
        tensor = node(
          "Slice", name + ".stride",
          [
            tensor, constant(name + ".starts", integers: [0, 0]),
            constant(name + ".ends", integers: [Int(Int32.max), Int(Int32.max)]),
            constant(name + ".axes", integers: [2, 3]),
            constant(name + ".steps", integers: [term.stride, term.stride]),
          ])
      }
      terms.append(select(name, tensor, term.channels, of: map))
    }
    var output = terms.count == 1 ? terms[0] : node("Add", name, terms)
    if sum.summands.contains(where: { $0 != 0 }) {
      output = node(
        "Add", name + ".summand",
        [output, constant(name + ".summand", sum.summands, axes: axes)])
    }
    return output
  }

  /// The channels of a tensor in an order, zeros where none is named.
  private mutating func select(
    _ name: String, _ input: String, _ channels: [Int?], of map: Int
  ) -> String {
    let count = graph.shapes[map].channels
    if channels == (0..<count).map({ $0 }) { return input }
    var source = input
    if channels.contains(nil) {
      // One more channel, of zeros, is where those are taken from that none is named for.
      source = node(
        "Pad", name + ".zeros",
        [source, constant(name + ".pads", integers: [0, 0, 0, 0, 0, 1, 0, 0])])
    }
    let places = constant(name + ".channels", integers: channels.map { $0 ?? count })
    return node("Gather", name + ".select", [source, places], ["axis": .integer(1)])
  }

  /// Maps that are the same for every image, as many as there are images.
  private mutating func constantMaps(
    _ name: String, _ sum: ChannelSum, _ shape: FeatureShape, axes: Int
  ) -> String {
    let sizes = node("Shape", name + ".images", [model.input.name])
    let images = node("Gather", name + ".images", [sizes, constant(name + ".axis", integers: [0])])
    let rest = constant(
      name + ".shape",
      integers: axes == 2 ? [shape.channels] : [shape.channels, shape.height, shape.width])
    let whole = node("Concat", name + ".shape", [images, rest], ["axis": .integer(0)])
    return node("Expand", name, [constant(name + ".bias", sum.summands, axes: axes), whole])
  }
}

extension ONNXWriter {
  private mutating func node(
    _ operation: String, _ name: String, _ inputs: [String],
    _ attributes: [String: ONNXModel.Attribute] = [:]
  ) -> String {
    let output = free(name)
    model.nodes.append(
      ONNXModel.Node(
        name: output, operation: operation, inputs: inputs, outputs: [output],
        attributes: attributes))
    return output
  }

  /// A constant along the axis of channels of tensors with so many axes.
  private mutating func constant(_ name: String, _ numbers: [Float], axes: Int) -> String {
    constant(
      name, numbers, shape: [1, numbers.count] + [Int](repeating: 1, count: axes - 2))
  }

  private mutating func constant(
    _ name: String, _ numbers: [Float], shape: [Int] = []
  ) -> String {
    let name = free(name)
    model.constants[name] = ONNXModel.Tensor(shape: shape, elements: .floats(numbers))
    return name
  }

  private mutating func constant(_ name: String, integers: [Int]) -> String {
    let name = free(name)
    model.constants[name] = ONNXModel.Tensor(
      shape: [integers.count], elements: .integers(integers))
    return name
  }

  private mutating func free(_ name: String) -> String {
    var (candidate, number) = (name, 1)
    while !taken.insert(candidate).inserted {
      number += 1
      candidate = "\(name)_\(number)"
    }
    return candidate
  }
}

extension InferenceProduct {
  /// Weights of all connections, 0 where there is none, `[unit][input][tap]`.
  fileprivate var denseWeights: [Float] {
    var weights = [Float](repeating: 0, count: units * inputCount * taps)
    for unit in 0..<units {
      for connection in starts[unit]..<starts[unit + 1] {
        let place = (unit * inputCount + inputs[connection]) * taps
        weights.replaceSubrange(place..<place + taps, with: kernel(connection))
      }
    }
    return weights
  }
}
