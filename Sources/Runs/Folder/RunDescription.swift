import Datasets
import Foundation
import Models
import Recipes
import Storage
import Tensors

/// `run.json`: what ran where.
package struct RunDescription: Codable, Sendable {
  /// Of the program.
  package var version = RunIdentity.productVersion
  /// What was typed.
  package var command = CommandLine.arguments
  /// Its name.
  package let recipe: String
  /// Ranks.
  package let worldSize: Int
  /// What the machine says its processor is.
  package var processor = Self.processorName
  /// The kernels that were used.
  package let kernelSet: String
  /// What OpenBLAS takes the processor for.
  package let blasCore: String
  let flushesSubnormals: Bool
  /// The data set, and what its files are.
  package let data: String
  package let dataSha256: String
  /// Images, of the training set with those to validate on.
  package let trainingImages: Int
  package let testImages: Int
  /// When, as ISO 8601 has it.
  package var started = Date().ISO8601Format()
  /// When the run began that goes on, and how often it did so from a checkpoint; runs of earlier
  /// versions have none.
  package var firstStarted: String?
  package var restarts: Int?
  /// What decides the results; runs of earlier versions have none.
  let identity: [String: String]?

  private static var processorName: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "?"
  }
}

extension RunDescription {
  /// A longer file is none.
  private static let mostBytes = 1 << 20

  /// That of the run in the folder `path`.
  /// - Throws: `FileError`, damaged where it is none.
  package init(of path: String) throws {
    let path = RunDirectory.description(path)
    guard try PathKind.of(path) != nil else {
      throw FileError.missing(path: path, remedy: "give the folder of a run")
    }
    let bytes = try InputFile.bytes(of: path, most: Self.mostBytes)
    let decoder = JSONDecoder.snakeCase
    do { self = try decoder.decode(Self.self, from: Data(bytes)) } catch {
      throw FileError.damaged(path: path, offset: nil, reason: "describes no run")
    }
  }
}

extension RunDirectory {
  /// Writes what runs and its resolved recipe.
  ///
  /// - Parameter goesOn: whether it is a run that was there before.
  /// - Throws: `FileError.system`.
  package func describe(
    _ recipe: Recipe, _ dataset: Dataset, _ kernels: KernelSet, worldSize: Int, goesOn: Bool
  ) throws {
    var description = RunDescription(
      recipe: recipe.name, worldSize: worldSize, kernelSet: kernels.name,
      blasCore: BLASDenseProducts.prepare(), flushesSubnormals: KernelSet.flushSubnormals(),
      data: dataset.name, dataSha256: dataset.sha256, trainingImages: dataset.training.count,
      testImages: dataset.test.count,
      identity: RunIdentity(recipe, dataset: dataset, worldSize: worldSize).values)
    let before = goesOn ? try? RunDescription(of: path) : nil
    description.firstStarted = before.map { $0.firstStarted ?? $0.started } ?? description.started
    description.restarts = before.map { ($0.restarts ?? 0) + 1 } ?? 0
    let encoder = JSONEncoder.snakeCase
    encoder.outputFormatting.insert(.prettyPrinted)
    // First what makes the folder a run's: a recipe alone would be taken for a user's.
    try OutputFile.replace(self.description, with: try encoder.encode(description) + Data([0x0A]))
    try OutputFile.replace(self.recipe, with: Data(recipe.text.utf8))
    model = ModelDescription(network: recipe.network.name, dataset: dataset, recipe: recipe.text)
  }

  /// What decided the results of the run in the folder `path`, as its `run.json` says; for a run of
  /// an earlier version as that and its recipe say.
  /// - Throws: `FileError`, `ConfigurationError` where they cannot be read.
  package static func identity(of path: String) throws -> RunIdentity {
    let description = try RunDescription(of: path)
    if let values = description.identity { return RunIdentity(values: values) }
    let recipe = try recipe(of: path)
    // Their results had no version of their own.
    return RunIdentity(
      recipe, data: description.dataSha256, resultVersion: 1, worldSize: description.worldSize,
      blas: description.blasCore)
  }

  /// The recipe of the run in the folder `path`, by the name that it had.
  /// - Throws: `FileError`, `ConfigurationError` where it cannot be read.
  package static func recipe(of path: String) throws -> Recipe {
    let bytes = try InputFile.bytes(of: recipe(path), most: Recipe.mostBytes)
    let name = (try? RunDescription(of: path).recipe) ?? recipe(path)
    return try Recipe(name: name, text: String(decoding: bytes, as: UTF8.self))
  }
}
