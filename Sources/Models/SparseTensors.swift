import Foundation
import Networks
import Storage

/// The sparse form of a network's file: of each tensor with a mask only what survives.
///
/// For such a tensor NAME there are `NAME.indices`, int32, ascending: the places of its surviving
/// connections in `[units, inputs]` (kernel axes left out), row by row; and `NAME.values`, float32,
/// `[n]` or `[n, rows, columns]`. Metadata: `format` is `relief-sparse`, `shapes` the dense shapes
/// as JSON. Other tensors are as they are.
package enum SparseTensors {
  private static let format = "relief-sparse"
  /// No network comes near as many numbers; a small file that names shapes could take any memory.
  private static let mostElements = 1 << 26

  /// The sparse form of `network`.
  /// - Throws: what encoding metadata throws.
  package static func file(
    of network: Network, metadata: [String: String]
  ) throws -> Safetensors {
    let dense = network.safetensors()
    var shapes: [String: [Int]] = [:]
    var file = Safetensors(metadata: metadata)
    for (name, tensor) in dense.tensors where !name.hasPrefix("mask.") {
      guard let mask = dense.tensors["mask." + name], let floats = tensor.floats else {
        file.tensors[name] = tensor
        continue
      }
      shapes[name] = tensor.shape
      let taps = tensor.shape.dropFirst(2).reduce(1, *)
      let kept = (0..<mask.bytes.count / taps).filter { mask.bytes[$0 * taps] != 0 }
      file.tensors[name + ".indices"] = Safetensors.Tensor(indices: kept.map(Int32.init))
      file.tensors[name + ".values"] = Safetensors.Tensor(
        kept.flatMap { floats[$0 * taps..<($0 + 1) * taps] },
        shape: [kept.count] + tensor.shape.dropFirst(2))
    }
    for (name, mask) in dense.maskedShortcuts(of: network) { file.tensors[name] = mask }
    file.metadata["format"] = format
    file.metadata["shapes"] = String(
      decoding: try JSONSerialization.data(withJSONObject: shapes, options: .sortedKeys),
      as: UTF8.self)
    return file
  }

  /// `file` with its tensors dense and their masks; a file in another form is as it is.
  /// - Throws: `FileError.damaged` where the sparse form is broken.
  static func restored(_ file: Safetensors, path: String) throws -> Safetensors {
    guard file.metadata["format"] == format else { return file }
    func damaged(_ reason: String) -> FileError {
      .damaged(path: path, offset: nil, reason: reason)
    }
    guard let text = file.metadata["shapes"],
      let shapes = try? JSONDecoder().decode([String: [Int]].self, from: Data(text.utf8))
    else { throw damaged("its metadata give no shapes of its sparse tensors") }
    var restored = Safetensors(tensors: file.tensors, metadata: file.metadata)
    // All of them first: what is broken should not have taken memory.
    var left = mostElements
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      guard let count = Safetensors.product(shape), shape.allSatisfy({ $0 > 0 }), !shape.isEmpty,
        count <= left
      else { throw damaged("\(name) is said to be of shape \(shape)") }
      left -= count
    }
    for (name, shape) in shapes.sorted(by: { $0.key < $1.key }) {
      let count = shape.reduce(1, *)
      let taps = shape.dropFirst(2).reduce(1, *)
      guard let indices = file.tensors[name + ".indices"], let places = indices.integers,
        let values = file.tensors[name + ".values"], let floats = values.floats,
        indices.shape == [places.count], values.shape == [places.count] + shape.dropFirst(2)
      else { throw damaged("\(name) of shape \(shape) has no fitting indices and values") }
      guard zip(places, places.dropFirst()).allSatisfy(<),
        places.allSatisfy({ $0 >= 0 && Int($0) < count / taps })
      else { throw damaged("the indices of \(name) do not ascend below \(count / taps)") }
      var dense = [Float](repeating: 0, count: count)
      var mask = [UInt8](repeating: 0, count: count)
      for (index, place) in places.enumerated() {
        for tap in 0..<taps {
          dense[Int(place) * taps + tap] = floats[index * taps + tap]
          mask[Int(place) * taps + tap] = 1
        }
      }
      restored.tensors[name + ".indices"] = nil
      restored.tensors[name + ".values"] = nil
      restored.tensors[name] = Safetensors.Tensor(dense, shape: shape)
      restored.tensors["mask." + name] = Safetensors.Tensor(mask, shape: shape)
    }
    return restored
  }
}

/// The form that PyTorch loads.
package enum PlainTensors {
  /// PyTorch's names and shapes, pruned weights 0; of masks only those of residual blocks'
  /// shortcuts, without which such a network is another one.
  package static func file(of network: Network, metadata: [String: String]) -> Safetensors {
    let all = network.safetensors()
    var file = Safetensors(
      tensors: all.tensors.filter { !$0.key.hasPrefix("mask.") }, metadata: metadata)
    for (name, mask) in all.maskedShortcuts(of: network) { file.tensors[name] = mask }
    file.metadata["format"] = "pt"
    return file
  }
}

extension Safetensors {
  /// The masks of shortcuts of which a channel is pruned.
  fileprivate func maskedShortcuts(of network: Network) -> [String: Tensor] {
    let names = network.layout.groups.filter { $0.kind == .shortcut }.map { "mask." + $0.name }
    return tensors.filter { names.contains($0.key) && $0.value.bytes.contains(0) }
  }
}
