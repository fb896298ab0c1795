import Datasets
import Foundation
import Storage
import Tensors

/// What a model file says of itself, so that it can be used alone.
package struct ModelDescription: Sendable, Equatable {
  /// The network's name.
  package var network: String
  /// Shape of an image.
  package var input: FeatureShape
  /// What the classes are called, in the order of the logits.
  package var classNames: [String]
  /// What pixels divided by 255 are normalised with; nil leaves them.
  package var normalisation: Normalisation?
  /// The data set it was trained on.
  package var data: String
  /// SHA-256 of that.
  package var dataSHA256: String
  /// The recipe of its run, as TOML.
  package var recipe: String
  /// The pruning iteration it comes from; nil where that is not known.
  package var iteration: Int?

  /// That of networks for the images of `dataset`, trained by a recipe.
  package init(network: String, dataset: Dataset, recipe: String) {
    self.network = network
    input = dataset.training.shape
    classNames = dataset.classNames
    normalisation = dataset.training.normalisation
    (data, dataSHA256, self.recipe) = (dataset.name, dataset.sha256, recipe)
  }

  /// That of networks for images of `input` in so many classes, of which nothing more is known.
  package init(network: String, input: FeatureShape, classes: Int) {
    (self.network, self.input) = (network, input)
    classNames = (0..<classes).map(String.init)
    (data, dataSHA256, recipe) = ("", "", "")
  }
}

extension ModelDescription {
  /// As the metadata of a safetensors file: texts, and lists as JSON.
  /// - Throws: what encoding and hashing throw.
  package var metadata: [String: String] {
    get throws {
      var values = [
        "network": network,
        "input": try Self.json([input.channels, input.height, input.width]),
        "class_names": try Self.json(classNames),
      ]
      if let normalisation {
        values["mean"] = try Self.json(normalisation.means)
        values["deviation"] = try Self.json(normalisation.deviations)
      }
      if let iteration { values["iteration"] = "\(iteration)" }
      if !data.isEmpty {
        (values["data"], values["data_sha256"]) = (data, dataSHA256)
      }
      if !recipe.isEmpty {
        values["recipe"] = recipe
        values["recipe_sha256"] = try SHA256Hash.of(Array(recipe.utf8))
      }
      return values
    }
  }

  /// What `metadata` says; nil where it says nothing of a network and its images, as files of
  /// other programs and of earlier versions do.
  /// - Throws: `FileError.damaged` where it contradicts itself.
  package init?(_ metadata: [String: String], path: String) throws {
    guard let network = metadata["network"], let inputText = metadata["input"] else { return nil }
    func damaged(_ key: String) -> FileError {
      .damaged(
        path: path, offset: 8, reason: "its \(key) \"\((metadata[key] ?? "").prefix(80))\" is none")
    }
    func list<Value: Decodable>(_ key: String, _: Value.Type) throws -> [Value]? {
      guard let text = metadata[key] else { return nil }
      guard let values = try? JSONDecoder().decode([Value].self, from: Data(text.utf8)) else {
        throw damaged(key)
      }
      return values
    }
    guard let axes = try? JSONDecoder().decode([Int].self, from: Data(inputText.utf8)),
      axes.count == 3, axes.allSatisfy({ (1...Self.mostOfAxis).contains($0) })
    else { throw damaged("input") }
    guard let classNames = try list("class_names", String.self),
      (1...Self.mostOfAxis).contains(classNames.count)
    else { throw damaged("class_names") }
    self.network = network
    self.input = FeatureShape(channels: axes[0], height: axes[1], width: axes[2])
    self.classNames = classNames
    if let means = try list("mean", Float.self) {
      guard let deviations = try list("deviation", Float.self), means.count == axes[0],
        deviations.count == axes[0], deviations.allSatisfy({ $0 > 0 })
      else { throw damaged("deviation") }
      normalisation = Normalisation(means: means, deviations: deviations)
    }
    (data, dataSHA256) = (metadata["data"] ?? "", metadata["data_sha256"] ?? "")
    recipe = metadata["recipe"] ?? ""
    iteration = metadata["iteration"].flatMap { Int($0) }
  }

  /// No image and no list of classes is larger.
  private static let mostOfAxis = 1 << 16

  private static func json(_ values: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    return String(decoding: try encoder.encode(values), as: UTF8.self)
  }
}
