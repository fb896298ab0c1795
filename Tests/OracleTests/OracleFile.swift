import Testing
import Datasets
import Foundation
import Networks
import Storage
import Tensors
import Training

/// A file with what the paper's implementation, or PyTorch, computes on fixed inputs.
struct OracleFile: CustomTestStringConvertible, Sendable {
  let path: String
  var testDescription: String { (path as NSString).lastPathComponent }

  /// The files of `kind` in the folder that `RELIEF_ORACLE` names.
  static func all(_ kind: String) -> [OracleFile] {
    guard let folder = ProcessInfo.processInfo.environment["RELIEF_ORACLE"] else { return [] }
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(kind)")) ?? []
    return names.filter { $0.hasSuffix(".safetensors") }.sorted()
      .map { OracleFile(path: "\(folder)/\(kind)/\($0)") }
  }

  /// Whether there are any.
  static var isPresent: Bool { !all("pruning").isEmpty }

  /// Content and architecture; cancels the test where the network is not built yet.
  func open() throws -> OracleContent {
    let tensors = try Safetensors(path: path)
    let name = tensors.metadata["network"] ?? ""
    guard let make = Architecture.known[name] else {
      try Test.cancel("\(testDescription): the network \(name) is not built yet")
    }
    guard let input = tensors.tensors["input"] else {
      throw FileError.damaged(path: path, offset: nil, reason: "has no input")
    }
    let shape = FeatureShape(
      channels: input.shape[1], height: input.shape[2], width: input.shape[3])
    return OracleContent(path: path, file: tensors, architecture: make(shape, 10))
  }
}

/// What an oracle file holds, as the trainer's own types.
struct OracleContent {
  let path: String
  let file: Safetensors
  let architecture: Architecture
  var layout: ConnectionLayout { ConnectionLayout(architecture) }

  /// The input as images, for pixels are bytes divided by 255.
  func selection() throws -> Selection {
    let pixels = try floats("input").map { UInt8(($0 * 255).rounded()) }
    let count = pixels.count / architecture.input.count
    let labels = file.tensors["labels"]?.integers?.map(Int32.init)
    let images = ImageSet(
      shape: architecture.input, pixels: pixels,
      labels: labels ?? [Int32](repeating: 0, count: count))
    return Selection(images, order: Array(0..<count))
  }

  /// All parameters from tensors `prefix + NAME`, in canonical order.
  func parameters(_ prefix: String) throws -> FloatBuffer {
    try Network.fullParameters(layout, from: file, prefix: prefix, path: path)
  }

  /// The mask from tensors `prefix + NN`: per layer weights, then biases.
  func mask(_ prefix: String) throws -> Mask {
    var mask = Mask(count: layout.count, kept: false)
    for (number, group) in layout.groups.enumerated() {
      let weights = try bytes(prefix, 2 * number)
      let biases = try bytes(prefix, 2 * number + 1)
      for unit in 0..<group.units {
        for input in 0..<group.inputs {
          mask[group.index(unit: unit, input: input)] = weights[unit * group.inputs + input] == 1
        }
        mask[group.index(unit: unit, input: group.inputs)] = biases[unit] == 1
      }
    }
    return mask
  }

  func floats(_ name: String) throws -> [Float] {
    guard let floats = file.tensors[name]?.floats else {
      throw FileError.damaged(path: path, offset: nil, reason: "has no floats \(name)")
    }
    return floats
  }

  func number(_ key: String) throws -> Double {
    guard let number = file.metadata[key].flatMap(Double.init) else {
      throw FileError.damaged(path: path, offset: nil, reason: "has no number \(key)")
    }
    return number
  }

  private func bytes(_ prefix: String, _ number: Int) throws -> [UInt8] {
    let name = prefix + (number < 10 ? "0" : "") + "\(number)"
    guard let tensor = file.tensors[name], tensor.type == .uint8 else {
      throw FileError.damaged(path: path, offset: nil, reason: "has no mask \(name)")
    }
    return tensor.bytes
  }
}
