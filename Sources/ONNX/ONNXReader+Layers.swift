import Networks
import Storage
import Tensors

/// Weights.
extension ONNXReader {
  mutating func convolution(_ node: ONNXModel.Node) throws -> Value {
    let map = try map(node)
    let input = graph.shapes[map]
    let weights = try constant(node, 1)
    let kernel = weights.shape.last ?? 0
    let stride = node.integers("strides", or: [1, 1])
    let pads = node.integers("pads", or: [0, 0, 0, 0])
    guard weights.shape.count == 4, weights.shape[1] == input.channels,
      weights.shape[0] >= 1, weights.shape[2] == kernel,
      (1...ConvolutionShape.largestKernel).contains(kernel),
      Set(stride).count == 1, Set(pads).count == 1, Self.sizes.contains(stride[0]),
      pads[0] == 0 || Self.sizes.contains(pads[0]),
      kernel <= min(input.height, input.width) + 2 * pads[0]
    else { throw misunderstood(node, "has a kernel, stride or padding that is not understood") }
    let shape = ConvolutionShape(
      inputs: input.channels, height: input.height, width: input.width,
      filters: weights.shape[0], kernel: kernel, stride: stride[0], padding: pads[0])
    let product = try product(node, weights, inputs: input.channels, convolution: shape)
    return put(.product(product), named: node.name, inputs: [map], output: shape.output)
  }

  mutating func dense(_ node: ONNXModel.Node) throws -> Value {
    let map = try map(node)
    let weights = try constant(node, 1)
    guard node.integer("transB", or: 0) == 1, weights.shape.count == 2, weights.shape[0] >= 1,
      weights.shape[1] == graph.shapes[map].count
    else { throw misunderstood(node, "has weights of \(weights.shape)") }
    let product = try product(node, weights, inputs: weights.shape[1], convolution: nil)
    return put(
      .product(product), named: node.name, inputs: [map],
      output: FeatureShape(channels: weights.shape[0]))
  }

  /// Connections whose weights are all 0 are none.
  func product(
    _ node: ONNXModel.Node, _ weights: ONNXModel.Tensor, inputs: Int,
    convolution: ConvolutionShape?
  ) throws -> InferenceProduct {
    let numbers = try floats(node, weights)
    let units = weights.shape[0]
    let biases =
      node.inputs.count > 2
      ? try floats(node, constant(node, 2)) : [Float](repeating: 0, count: units)
    guard biases.count == units else {
      throw misunderstood(node, "has \(biases.count) biases for \(units) units")
    }
    var product = InferenceProduct(convolution: convolution, inputCount: inputs)
    let taps = product.taps
    for unit in 0..<units {
      product.appendUnit(bias: biases[unit])
      for input in 0..<inputs {
        let start = (unit * inputs + input) * taps
        let kernel = numbers[start..<start + taps]
        if kernel.contains(where: { $0 != 0 }) {
          product.appendConnection(input: input, kernel)
        }
      }
    }
    return product
  }
}

/// Channel by channel.
extension ONNXReader {
  mutating func normalisation(_ node: ONNXModel.Node) throws -> Value {
    let map = try map(node)
    let numbers = try (1...4).map { try floats(node, constant(node, $0)) }
    guard case .float(let epsilon)? = node.attributes["epsilon"] else {
      throw misunderstood(node, "has no epsilon")
    }
    let count = graph.shapes[map].channels
    guard numbers.allSatisfy({ $0.count == count }) else {
      throw misunderstood(node, "is of other channels than its input")
    }
    var (factors, summands): ([Float], [Float]) = ([], [])
    for channel in 0..<count {
      let factor =
        Double(numbers[0][channel]) / (Double(numbers[3][channel]) + Double(epsilon)).squareRoot()
      factors.append(Float(factor))
      summands.append(
        Float(Double(numbers[1][channel]) - Double(numbers[2][channel]) * factor))
    }
    return scale(node, map, factors, summands)
  }

  mutating func scale(
    _ node: ONNXModel.Node, _ map: Int, _ factors: [Float], _ summands: [Float]
  ) -> Value {
    let scale = ChannelScale(
      channels: Array(factors.indices), factors: factors, summands: summands)
    return put(
      .scale(scale), named: node.name, inputs: [map], output: graph.shapes[map])
  }

  mutating func arithmetic(_ node: ONNXModel.Node) throws -> Value {
    guard node.inputs.count == 2 else { throw misunderstood(node, "has not two inputs") }
    guard case .constant(let tensor)? = values[node.inputs[1]] else { return try sum(node) }
    let map = try map(node)
    let count = graph.shapes[map].channels
    let numbers = try floats(node, tensor)
    guard numbers.count == 1 || numbers.count == count && tensor.shape.dropFirst().first == count
    else { throw misunderstood(node, "has a constant of \(tensor.shape)") }
    let constants = numbers.count == 1 ? [Float](repeating: numbers[0], count: count) : numbers
    let (ones, zeros) = ([Float](repeating: 1, count: count), [Float](repeating: 0, count: count))
    switch node.operation {
    case "Add": return scale(node, map, ones, constants)
    case "Sub": return scale(node, map, ones, constants.map { -$0 })
    case "Mul": return scale(node, map, constants, zeros)
    default: return scale(node, map, constants.map { 1 / $0 }, zeros)
    }
  }

  mutating func sum(_ node: ONNXModel.Node) throws -> Value {
    guard node.operation == "Add" else { throw misunderstood(node, "of two maps") }
    let views = try [view(node, 0), view(node, 1)]
    let count = views[0].channels.count
    guard views[1].channels.count == count else {
      throw misunderstood(node, "adds \(views[1].channels.count) channels to \(count)")
    }
    let map = append(node, views)
    return whole(map)
  }

  mutating func append(_ node: ONNXModel.Node, _ views: [View]) -> Int {
    let shape = shape(of: views[0])
    let sum = ChannelSum(
      terms: views.map { ChannelSum.Term(channels: $0.channels, stride: $0.stride) },
      summands: [Float](repeating: 0, count: shape.channels))
    return graph.append(.sum(sum), named: node.name, inputs: views.map(\.map), output: shape)
  }

  func shape(of view: View) -> FeatureShape {
    let shape = graph.shapes[view.map]
    return FeatureShape(
      channels: view.channels.count, height: (shape.height + view.stride - 1) / view.stride,
      width: (shape.width + view.stride - 1) / view.stride)
  }

  mutating func pool(_ node: ONNXModel.Node) throws -> Value {
    let kernel = node.integers("kernel_shape", or: [])
    let input = graph.shapes[try map(node)]
    guard kernel.count == 2, Set(kernel).count == 1,
      (1...max(1, min(input.height, input.width))).contains(kernel[0]),
      node.integers("strides", or: [1, 1]) == kernel,
      node.integers("pads", or: []).allSatisfy({ $0 == 0 })
    else { throw misunderstood(node, "has a kernel, stride or padding that is not understood") }
    return try append(.maxPool(kernel[0]), node) {
      FeatureShape(
        channels: $0.channels, height: $0.height / kernel[0], width: $0.width / kernel[0])
    }
  }
}
