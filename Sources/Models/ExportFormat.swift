import Foundation
import Storage

/// The forms in which a network leaves.
package enum ExportFormat: String, CaseIterable, Sendable {
  /// PyTorch's names and shapes.
  case safetensors
  /// What survives alone.
  case sparse = "safetensors-sparse"

  /// The bytes of `model` in this form.
  /// - Throws: what encoding throws.
  package func encoded(_ model: Model) throws -> Data {
    var metadata = try model.description.metadata
    (metadata["kept"], metadata["total"]) = ("\(model.network.kept)", "\(model.network.total)")
    let file =
      switch self {
      case .safetensors: PlainTensors.file(of: model.network, metadata: metadata)
      case .sparse: try SparseTensors.file(of: model.network, metadata: metadata)
      }
    return try file.encoded()
  }

  /// The model that `bytes` in this form hold; `path` names them in errors.
  /// - Throws: `FileError.damaged`.
  package func decoded(_ bytes: Data, as model: Model, path: String) throws -> Model {
    try Model(
      Safetensors(bytes: Array(bytes), path: path), path: path, kernels: model.network.kernels)
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
