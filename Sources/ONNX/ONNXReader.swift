import Networks
import Storage
import Tensors

/// Makes an inference graph of an ONNX model whose nodes it understands.
package struct ONNXReader {
  /// Channels of a map in an order, some of them zeros, every `stride`-th row and column.
  struct View {
    let map: Int
    let channels: [Int?]
    var stride = 1
  }

  /// What a name stands for.
  enum Value {
    case maps(View)
    case constant(ONNXModel.Tensor)
    /// Sizes of axes; nil for the number of images.
    case sizes([Int?])
  }

  /// Sizes, strides and pads of networks are no larger.
  static let sizes = 1...1 << 16

  private let model: ONNXModel
  let path: String
  var graph: InferenceGraph
  private(set) var values: [String: Value] = [:]

  /// The graph of `model`, from its input to its output; `path` names it in errors.
  /// - Throws: `FileError.damaged` with the node that is not understood.
  package static func graph(of model: ONNXModel, path: String) throws -> InferenceGraph {
    let shape = model.input.shape
    guard shape.count == 4, let channels = shape[1], let height = shape[2], let width = shape[3],
      [channels, height, width].allSatisfy(sizes.contains)
    else {
      throw FileError.damaged(
        path: path, offset: nil, reason: "its input \(model.input.name) is no batch of images")
    }
    var reader = ONNXReader(
      model, path: path, FeatureShape(channels: channels, height: height, width: width))
    for node in model.nodes { try reader.read(node) }
    try reader.readOutput()
    return reader.graph
  }

  private init(_ model: ONNXModel, path: String, _ input: FeatureShape) {
    (self.model, self.path) = (model, path)
    graph = InferenceGraph(input: input)
    values = model.constants.mapValues { .constant($0) }
    values[model.input.name] = .maps(
      View(map: 0, channels: (0..<input.channels).map { $0 }))
  }

  private func readOutput() throws {
    guard case .maps(let view)? = values[model.output.name], view.map == graph.logits else {
      throw FileError.damaged(
        path: path, offset: nil, reason: "its output \(model.output.name) is no node's last word")
    }
  }

  private mutating func read(_ node: ONNXModel.Node) throws {
    let value: Value
    switch node.operation {
    case "Conv": value = try convolution(node)
    case "Gemm": value = try dense(node)
    case "Flatten", "Identity": value = .maps(try view(node, 0))
    case "Relu": value = try append(.activation(.rectifier), node)
    case "LeakyRelu":
      guard case .float(let slope)? = node.attributes["alpha"] else {
        throw misunderstood(node, "has no alpha")
      }
      value = try append(.activation(.leaky(slope: slope)), node)
    case "MaxPool": value = try pool(node)
    case "GlobalAveragePool":
      value = try append(.mean, node) { FeatureShape(channels: $0.channels) }
    case "BatchNormalization": value = try normalisation(node)
    case "Add", "Sub", "Mul", "Div": value = try arithmetic(node)
    case "Pad", "Gather", "Slice": value = try selection(node)
    case "Shape", "Concat": value = try sizes(node)
    case "Expand": value = try expansion(node)
    default: throw misunderstood(node, "is not understood")
    }
    guard let name = node.outputs.first else { throw misunderstood(node, "puts out nothing") }
    values[name] = value
  }
}

/// What nodes read.
extension ONNXReader {
  mutating func append(
    _ kind: InferenceGraph.Kind, _ node: ONNXModel.Node,
    _ shape: (FeatureShape) -> FeatureShape = { $0 }
  ) throws -> Value {
    let map = try map(node)
    return put(kind, named: node.name, inputs: [map], output: shape(graph.shapes[map]))
  }

  mutating func put(
    _ kind: InferenceGraph.Kind, named name: String, inputs: [Int], output: FeatureShape
  ) -> Value {
    let map = graph.append(kind, named: name, inputs: inputs, output: output)
    return whole(map)
  }

  func whole(_ map: Int) -> Value {
    .maps(View(map: map, channels: (0..<graph.shapes[map].channels).map { $0 }))
  }

  func view(_ node: ONNXModel.Node, _ input: Int) throws -> View {
    guard input < node.inputs.count, case .maps(let view)? = values[node.inputs[input]] else {
      throw misunderstood(node, "reads no maps as its input \(input)")
    }
    return view
  }

  /// The first input as a map of its own.
  mutating func map(_ node: ONNXModel.Node) throws -> Int {
    let view = try view(node, 0)
    let all: [Int?] = (0..<graph.shapes[view.map].channels).map { $0 }
    return view.stride == 1 && view.channels == all ? view.map : append(node, [view])
  }

  func constant(_ node: ONNXModel.Node, _ input: Int) throws -> ONNXModel.Tensor {
    guard input < node.inputs.count, case .constant(let tensor)? = values[node.inputs[input]] else {
      throw misunderstood(node, "reads no constant as its input \(input)")
    }
    return tensor
  }

  func floats(_ node: ONNXModel.Node, _ tensor: ONNXModel.Tensor) throws -> [Float] {
    guard case .floats(let numbers) = tensor.elements else {
      throw misunderstood(node, "reads integers where it wants numbers")
    }
    return numbers
  }

  func integers(_ node: ONNXModel.Node, _ input: Int) throws -> [Int] {
    guard case .integers(let numbers) = try constant(node, input).elements else {
      throw misunderstood(node, "reads numbers where it wants integers")
    }
    return numbers
  }

  func misunderstood(_ node: ONNXModel.Node, _ reason: String) -> FileError {
    .damaged(
      path: path, offset: nil, reason: "node \(node.name) (\(node.operation)) \(reason)")
  }
}

extension ONNXModel.Node {
  func integer(_ name: String, or usual: Int) -> Int {
    if case .integer(let number)? = attributes[name] { number } else { usual }
  }

  func integers(_ name: String, or usual: [Int]) -> [Int] {
    if case .integers(let numbers)? = attributes[name] { numbers } else { usual }
  }
}
