import Datasets
import Foundation
import Models
import Networks
import ONNX
import Storage

/// The forms in which a network leaves.
package enum ExportFormat: String, CaseIterable, Sendable {
  /// PyTorch's names and shapes.
  case safetensors
  /// What survives alone.
  case sparse = "safetensors-sparse"
  /// Dense tensors of the units that make a difference, with normalisation.
  case onnx

  /// What a file holds, ready to be run.
  struct Content {
    let graph: InferenceGraph
    /// What images are normalised with before they come to the graph.
    let normalisation: Normalisation?
  }

  /// How far logits may be from the network's, as a share of the largest; 0 where every bit must be
  /// the same.
  package var tolerance: Float { self == .onnx ? 1e-4 : 0 }

  /// The bytes of `model` in this form.
  ///
  /// - Parameter keepsShapes: in ONNX, whether all units stay, with zeros for what is pruned.
  /// - Throws: what encoding throws.
  package func encoded(_ model: Model, keepsShapes: Bool = false) throws -> Data {
    var metadata = try model.description.metadata
    (metadata["kept"], metadata["total"]) = ("\(model.network.kept)", "\(model.network.total)")
    switch self {
    case .safetensors:
      return try PlainTensors.file(of: model.network, metadata: metadata).encoded()
    case .sparse:
      return try SparseTensors.file(of: model.network, metadata: metadata).encoded()
    case .onnx:
      let graph =
        keepsShapes ? InferenceGraph(whole: model.network) : InferenceGraph(model.network)
      return Data(
        ONNXWriter.model(
          of: graph, normalisation: model.description.normalisation, metadata: metadata
        ).encoded)
    }
  }

  /// What `bytes` in this form hold; `path` names them in errors.
  /// - Throws: `FileError.damaged`.
  func decoded(_ bytes: Data, like model: Model, path: String) throws -> Content {
    switch self {
    case .safetensors, .sparse:
      let read = try Model(
        Safetensors(bytes: Array(bytes), path: path), path: path, kernels: model.network.kernels)
      return Content(
        graph: InferenceGraph(read.network), normalisation: read.description.normalisation)
    case .onnx:
      let read = try ONNXModel(Array(bytes), path: path)
      return Content(graph: try ONNXReader.graph(of: read, path: path), normalisation: nil)
    }
  }
}

extension ModelDescription {
  /// `config.json`: what it takes to use the weights beside it.
  /// - Throws: what encoding throws.
  package func configuration(of model: Model) throws -> Data {
    let encoder = JSONEncoder.snakeCase
    encoder.outputFormatting.formUnion([.prettyPrinted, .withoutEscapingSlashes])
    return try encoder.encode(Configuration(self, model)) + Data([0x0A])
  }
}

private struct Configuration: Encodable {
  let network: String
  let input: [Int]
  let classNames: [String]
  let mean, deviation: [Float]?
  let data: String
  let iteration: Int?
  let kept, total: Int
  let shapes: [String: [Int]]

  init(_ description: ModelDescription, _ model: Model) {
    network = description.network
    input = [
      description.input.channels, description.input.height, description.input.width,
    ]
    classNames = description.classNames
    mean = description.normalisation?.means
    deviation = description.normalisation?.deviations
    (data, iteration) = (description.data, description.iteration)
    (kept, total) = (model.network.kept, model.network.total)
    shapes = Dictionary(
      uniqueKeysWithValues: model.network.layout.tensors.map { ($0.name, $0.shape) })
  }
}
