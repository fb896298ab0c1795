import Storage

extension ONNXModel {
  /// The model as a file. Field numbers are those of `onnx.proto3`.
  package var encoded: [UInt8] {
    var model = ProtocolBuffer.Writer()
    model.write(1, irVersion)
    model.write(2, producer)
    model.write(7) { graph in
      for node in nodes { graph.write(1) { node.write(to: &$0) } }
      graph.write(2, "network")
      for (name, tensor) in constants.sorted(by: { $0.key < $1.key }) {
        graph.write(5) { tensor.write(to: &$0, name: name) }
      }
      graph.write(11) { input.write(to: &$0) }
      graph.write(12) { output.write(to: &$0) }
    }
    model.write(8) { version in
      version.write(1, "")
      version.write(2, opset)
    }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
      model.write(14) { entry in
        entry.write(1, key)
        entry.write(2, value)
      }
    }
    return model.bytes
  }
}

extension ONNXModel.Node {
  fileprivate func write(to node: inout ProtocolBuffer.Writer) {
    for name in inputs { node.write(1, name) }
    for name in outputs { node.write(2, name) }
    node.write(3, name)
    node.write(4, operation)
    for (name, setting) in attributes.sorted(by: { $0.key < $1.key }) {
      node.write(5) { attribute in
        attribute.write(1, name)
        switch setting {
        case .float(let number):
          attribute.write(2, number)
          attribute.write(20, 1)
        case .integer(let number):
          attribute.write(3, number)
          attribute.write(20, 2)
        case .text(let text):
          attribute.write(4, text)
          attribute.write(20, 3)
        case .integers(let numbers):
          for number in numbers { attribute.write(8, number) }
          attribute.write(20, 7)
        }
      }
    }
  }
}

extension ONNXModel.Value {
  fileprivate func write(to value: inout ProtocolBuffer.Writer) {
    value.write(1, name)
    value.write(2) { type in
      type.write(1) { tensor in
        tensor.write(1, ONNXModel.Tensor.floatType)
        tensor.write(2) { shape in
          for size in self.shape {
            shape.write(1) { axis in
              if let size { axis.write(1, size) } else { axis.write(2, "N") }
            }
          }
        }
      }
    }
  }
}

extension ONNXModel.Tensor {
  fileprivate static let (floatType, integerType) = (1, 7)

  fileprivate func write(to tensor: inout ProtocolBuffer.Writer, name: String) {
    tensor.write(1, packed: shape)
    switch elements {
    case .floats(let numbers):
      tensor.write(2, Self.floatType)
      tensor.write(8, name)
      tensor.write(
        9, [UInt8](littleEndian: numbers))
    case .integers(let numbers):
      tensor.write(2, Self.integerType)
      tensor.write(8, name)
      tensor.write(
        9, numbers.flatMap { withUnsafeBytes(of: Int64($0).littleEndian, Array.init) })
    }
  }
}
