import Datasets
import Foundation
import Networks
import Runs
import Storage
import Tensors
import Testing
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
  static var isPresent: Bool { !all("pruning").isEmpty || !all("training").isEmpty }

  /// Content and architecture; cancels the test where the network is not built yet.
  func open() throws -> OracleContent {
    let tensors = try Safetensors(path: path)
    let name = tensors.metadata["network"] ?? ""
    guard let known = KnownNetwork.named(name) else {
      try Test.cancel("\(testDescription): the network \(name) is not built yet")
    }
    guard let input = tensors.tensors["input"] else {
      throw FileError.damaged(path: path, offset: nil, reason: "has no input")
    }
    let shape = FeatureShape(
      channels: input.shape[1], height: input.shape[2], width: input.shape[3])
    let widths = widths(tensors.metadata["widths"] ?? "")
    let architecture =
      widths.isEmpty
      ? known.architecture(shape, classes: 10)
      : VGG.like.architecture(shape, 10, widths: widths, dropout: 0)
    return OracleContent(path: path, file: tensors, architecture: architecture)
  }

  /// The filters of a VGG's convolutions from a list like `[8, 8, "M", 16, "M"]`.
  private func widths(_ text: String) -> [[Int]] {
    let entries = text.split { "[], ".contains($0) }
    return entries.split { Int($0) == nil }.map { $0.compactMap { Int($0) } }
  }
}

/// What an oracle file holds, as the trainer's own types.
struct OracleContent {
  let path: String
  let file: Safetensors
  let architecture: Architecture
  var layout: ConnectionLayout { ConnectionLayout(architecture) }

  /// The input as images, for pixels are bytes divided by 255.
  func selection() throws -> Subset {
    let normalisation: Normalisation? = architecture.input.channels == 3 ? .imageNet : nil
    let area = architecture.input.height * architecture.input.width
    let pixels = try floats("input").enumerated().map { index, value -> UInt8 in
      let channel = index / area % architecture.input.channels
      let unit = normalisation.map { value * $0.deviations[channel] + $0.means[channel] } ?? value
      return UInt8((unit * 255).rounded())
    }
    let count = pixels.count / architecture.input.count
    let labels = file.tensors["labels"]?.integers?.map(Int32.init)
    let images = ImageSet(
      shape: architecture.input, pixels: pixels,
      labels: labels ?? [Int32](repeating: 0, count: count), normalisation: normalisation)
    return Subset(images, order: Array(0..<count))
  }

  /// All parameters from tensors `prefix + NAME`, in canonical order.
  func parameters(_ prefix: String) throws -> FloatBuffer {
    try Network.fullParameters(layout, from: file, prefix: prefix, path: path)
  }

  /// How closely losses and weights agree after several steps where single ones agree to
  /// `tolerance`.
  ///
  /// Behind a batch norm, inputs of a few rectifiers lie within rounding of 0. On which side of it
  /// they fall, and so whether their gradient passes, hangs on the order of additions; one of them
  /// moves a later loss by more than the tolerance.
  func laterTolerance(_ tolerance: Double) -> Double {
    layout.groups.contains { $0.kind == .batchNorm } ? 0.01 : tolerance
  }

  /// Whether the network has residual blocks.
  var isResidual: Bool { layout.groups.contains { $0.kind == .shortcut } }

  /// The unpruned network of tensors `prefix + NAME`.
  func network(_ prefix: String) throws -> Network {
    Network(
      Graph(architecture), mask: Mask(count: layout.count),
      parameters: try parameters(prefix),
      statistics: try Network.statistics(layout, from: file, prefix: prefix, path: path),
      kernels: KernelSet.available[0])
  }

  /// The mask from tensors `prefix + NN`, which follow the groups of the layout: weights of each,
  /// then biases where it has any. Batch norms have none; they go with their filter's last kernel,
  /// but only where `above`, the mask before it, still had it.
  func mask(_ prefix: String, above: Mask) throws -> Mask {
    var mask = above
    var number = 0
    for group in layout.groups where group.kind != .batchNorm {
      let inputs = max(group.inputs, 1)
      let weights = try bytes(prefix, number)
      number += 1
      // The reference computes a mask for a residual network's first convolution, and leaves it.
      if isResidual && group.offset == 0 { continue }
      let size = weights.count / (group.units * inputs)
      for unit in 0..<group.units {
        for input in 0..<inputs {
          mask[group.index(unit: unit, input: input)] =
            weights[(unit * inputs + input) * size] == 1
        }
      }
      guard group.hasBias else { continue }
      let biases = try bytes(prefix, number)
      number += 1
      for unit in 0..<group.units {
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
