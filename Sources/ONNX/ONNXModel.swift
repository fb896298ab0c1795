/// An ONNX model: as much of the format as networks need. (Open Neural Network Exchange, "ONNX IR
/// specification".)
package struct ONNXModel: Sendable, Equatable {
  /// An input or output of the graph.
  package struct Value: Sendable, Equatable {
    /// What nodes call it.
    package var name: String
    /// Its axes; nil for one of any size.
    package var shape: [Int?]
  }

  /// A node of the graph.
  package struct Node: Sendable, Equatable {
    /// Its own name.
    package var name: String
    /// What it does.
    package var operation: String
    /// The tensors it reads, in the order that its operation says.
    package var inputs: [String]
    /// The tensors it makes.
    package var outputs: [String]
    /// Its settings.
    package var attributes: [String: Attribute] = [:]

    /// A node.
    package init(
      name: String, operation: String, inputs: [String], outputs: [String],
      attributes: [String: Attribute] = [:]
    ) {
      (self.name, self.operation, self.attributes) = (name, operation, attributes)
      (self.inputs, self.outputs) = (inputs, outputs)
    }
  }

  /// A setting of a node.
  package enum Attribute: Sendable, Equatable {
    case integer(Int)
    case float(Float)
    case integers([Int])
    case text(String)
  }

  /// A constant tensor.
  package struct Tensor: Sendable, Equatable {
    /// Its elements in row-major order.
    package enum Elements: Sendable, Equatable {
      case floats([Float])
      case integers([Int])
    }

    /// Extent of each axis; none for a single number.
    package var shape: [Int]
    /// Its elements.
    package var elements: Elements

    /// A tensor of these elements.
    package init(shape: [Int], elements: Elements) {
      (self.shape, self.elements) = (shape, elements)
    }
  }

  /// Version of the format.
  package var irVersion = 8
  /// Version of the operations.
  package var opset = 17
  /// What has written it.
  package var producer = "relief-dist"
  /// Nodes, each after those whose tensors it reads.
  package var nodes: [Node] = []
  /// Constants by name.
  package var constants: [String: Tensor] = [:]
  /// What goes in and what comes out.
  package var input = Value(name: "input", shape: [])
  package var output = Value(name: "logits", shape: [])
  /// Free text by key.
  package var metadata: [String: String] = [:]

  /// One without nodes.
  package init() {}
}
