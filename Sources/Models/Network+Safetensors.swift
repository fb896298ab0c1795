import Networks
import Storage
import Tensors

extension Network {
  /// The network as a file: tensors named and shaped as in PyTorch, pruned weights 0, and for each
  /// `NAME` a `mask.NAME` of the same shape, 1 = kept; a residual block's shortcut channels as
  /// `mask.BLOCK.shortcut`.
  package func safetensors(metadata: [String: String] = [:]) -> Safetensors {
    var file = Safetensors(metadata: metadata)
    let full = fullParameters
    for tensor in layout.tensors {
      let places = tensor.places()
      let values = places.map { full[$0.parameter] }
      file.tensors[tensor.name] = Safetensors.Tensor(values, shape: tensor.shape)
      file.tensors["mask." + tensor.name] = Safetensors.Tensor(
        places.map { mask[$0.connection] ? 1 : 0 }, shape: tensor.shape)
    }
    for group in layout.groups where group.kind == .shortcut {
      file.tensors["mask." + group.name] = Safetensors.Tensor(
        group.range.map { mask[$0] ? 1 : 0 }, shape: [group.units])
    }
    for statistic in layout.statisticTensors {
      file.tensors[statistic.name] = Safetensors.Tensor(
        statistic.range.map { statistics[$0] }, shape: [statistic.range.count])
    }
    return file
  }

  /// The parameters of `layout` from tensors `prefix + NAME` of `file`, all connections in
  /// canonical order.
  /// - Throws: `FileError.damaged` for a tensor that is missing or has another shape or type.
  package static func fullParameters(
    _ layout: ConnectionLayout, from file: Safetensors, prefix: String = "", path: String
  ) throws -> FloatBuffer {
    let parameters = FloatBuffer(count: layout.parameterCount)
    for tensor in layout.tensors {
      let values = try floats(file, prefix + tensor.name, shape: tensor.shape, path)
      for (place, value) in zip(tensor.places(), values) { parameters[place.parameter] = value }
    }
    return parameters
  }

  /// Batch norms' running moments from tensors `prefix + NAME` of `file`.
  /// - Throws: `FileError.damaged` for a tensor that is missing or has another shape or type.
  package static func statistics(
    _ layout: ConnectionLayout, from file: Safetensors, prefix: String = "", path: String
  ) throws -> FloatBuffer {
    let statistics = freshStatistics(layout)
    for tensor in layout.statisticTensors {
      let values = try floats(file, prefix + tensor.name, shape: [tensor.range.count], path)
      for (place, value) in zip(tensor.range, values) { statistics[place] = value }
    }
    return statistics
  }

  /// The network of `graph` whose tensors `file` holds. A connection without a mask is kept unless
  /// all of its numbers are 0; a shortcut's channel without one is kept.
  /// - Throws: `FileError.damaged` for a tensor that is missing or has another shape or type.
  package convenience init(
    _ graph: Graph, _ file: Safetensors, path: String, kernels: KernelSet
  ) throws {
    let layout = graph.layout
    let full = try Self.fullParameters(layout, from: file, path: path)
    let mask = try Self.mask(layout, full, from: file, path: path)
    let compact = FloatBuffer(count: layout.parameterCount(mask), for: "parameters")
    layout.forEachKept(mask) { from, to in
      for (source, target) in zip(from, to) { compact[target] = full[source] }
    }
    try self.init(
      graph, mask: mask, parameters: compact,
      statistics: Self.statistics(layout, from: file, path: path), kernels: kernels)
  }

  private static func mask(
    _ layout: ConnectionLayout, _ full: FloatBuffer, from file: Safetensors, path: String
  ) throws -> Mask {
    var mask = Mask(count: layout.count, kept: false)
    for tensor in layout.tensors {
      let bytes = try bytes(file, "mask." + tensor.name, shape: tensor.shape, path)
      for (index, place) in tensor.places().enumerated()
      where bytes.map({ $0[index] != 0 }) ?? (full[place.parameter] != 0) {
        mask[place.connection] = true
      }
    }
    for group in layout.groups where group.kind == .shortcut {
      let bytes = try bytes(file, "mask." + group.name, shape: [group.units], path)
      for unit in 0..<group.units where bytes.map({ $0[unit] != 0 }) ?? true {
        mask[group.index(unit: unit)] = true
      }
    }
    return mask
  }

  private static func bytes(
    _ file: Safetensors, _ name: String, shape: [Int], _ path: String
  ) throws -> [UInt8]? {
    guard let tensor = file.tensors[name] else { return nil }
    guard tensor.shape == shape, tensor.type == .uint8 else {
      throw FileError.damaged(
        path: path, offset: nil,
        reason: "\(name) is \(tensor.type.rawValue) of shape \(tensor.shape), not U8 of \(shape)")
    }
    return tensor.bytes
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
