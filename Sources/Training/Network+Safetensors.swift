import Networks
import Storage
import Tensors

extension Network {
  /// The network as a file: tensors named and shaped as in PyTorch, pruned weights 0, and for each
  /// `NAME` a `mask.NAME` of the same shape, 1 = kept.
  public func safetensors(metadata: [String: String] = [:]) -> Safetensors {
    var file = Safetensors(metadata: metadata)
    let full = fullParameters
    for group in layout.groups {
      let weights = (0..<group.units).flatMap { unit in
        (0..<group.inputs).map { group.index(unit: unit, input: $0) }
      }
      let biases = (0..<group.units).map { group.index(unit: $0, input: group.inputs) }
      for (suffix, connections, shape) in [
        ("weight", weights, [group.units, group.inputs]), ("bias", biases, [group.units]),
      ] {
        let name = "\(group.name).\(suffix)"
        file.tensors[name] = Safetensors.Tensor(connections.map { full[$0] }, shape: shape)
        file.tensors["mask." + name] = Safetensors.Tensor(
          connections.map { mask[$0] ? 1 : 0 }, shape: shape)
      }
    }
    return file
  }

  /// The parameters of `layout` from tensors `prefix + NAME` of `file`, all connections in canonical
  /// order.
  /// - Throws: `FileError.damaged` for a tensor that is missing or has another shape or type.
  public static func fullParameters(
    _ layout: ConnectionLayout, from file: Safetensors, prefix: String = "", path: String
  ) throws -> FloatBuffer {
    let parameters = FloatBuffer(count: layout.count)
    for group in layout.groups {
      let weights = try floats(
        file, prefix + group.name + ".weight", shape: [group.units, group.inputs], path)
      let biases = try floats(file, prefix + group.name + ".bias", shape: [group.units], path)
      for unit in 0..<group.units {
        for input in 0..<group.inputs {
          parameters[group.index(unit: unit, input: input)] = weights[unit * group.inputs + input]
        }
        parameters[group.index(unit: unit, input: group.inputs)] = biases[unit]
      }
    }
    return parameters
  }

  private static func floats(
    _ file: Safetensors, _ name: String, shape: [Int], _ path: String
  ) throws -> [Float] {
    guard let tensor = file.tensors[name] else {
      throw FileError.damaged(path: path, offset: nil, reason: "has no tensor \(name)")
    }
    guard tensor.shape == shape, let floats = tensor.floats else {
      throw FileError.damaged(
        path: path, offset: nil,
        reason: "\(name) is \(tensor.type.rawValue) of shape \(tensor.shape), not F32 of \(shape)")
    }
    return floats
  }
}
