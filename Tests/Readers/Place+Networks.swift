import Models
import Networks
import ONNX
import Storage
import Tensors
import TestSupport

extension Place {
  private static let kernels = KernelSet.available[0]

  private static func network(_ name: String, _ input: FeatureShape) throws -> Network {
    guard let known = KnownNetwork.named(name) else { preconditionFailure(name) }
    var random = SeededRandom(seed: 1)
    return RandomPruning.nearlyAll.network(
      known.architecture(input, classes: 3), kernels: kernels, using: &random)
  }

  /// The sparse form of a small network.
  static func sparseTensors(_ folder: TemporaryFolder) throws -> Place {
    let input = FeatureShape(channels: 1, height: 2, width: 2)
    let description = ModelDescription(network: "lenet300-100", input: input, classes: 3)
    let file = try SparseTensors.file(
      of: network("lenet300-100", input), metadata: description.metadata)
    return Place(folder, "network.safetensors", seeds: [[UInt8](try file.encoded())]) {
      _ = try Model(Safetensors(path: $0), path: $0, kernels: kernels)
    }
  }

  /// A small network as ONNX, which is also read as a graph.
  static func onnx(_ folder: TemporaryFolder) throws -> Place {
    let images = FeatureShape(channels: 3, height: 4, width: 4)
    let seeds = try ["resnet20", "lenet300-100"].map { name in
      ONNXWriter.model(
        of: InferenceGraph(try network(name, images)), normalisation: .imageNet,
        metadata: ["network": name]
      ).encoded
    }
    return Place(folder, "network.onnx", seeds: seeds) {
      let bytes = try InputFile.bytes(of: $0, most: 1 << 20)
      _ = try ONNXReader.graph(of: try ONNXModel(bytes, path: $0), path: $0)
    }
  }
}
