import Datasets
import Foundation
import Storage
import Tensors
import Training

/// `run.json`: what ran where.
private struct RunDescription: Encodable {
  let version = ReliefDist.version
  let command = CommandLine.arguments
  let recipe: String
  let worldSize: Int
  let processor = RunDescription.processor
  let kernelSet: String
  let blasCore: String
  let flushesSubnormals: Bool
  let data: String
  let dataSha256: String
  let trainingImages: Int
  let testImages: Int
  let started = Date().ISO8601Format()

  private static var processor: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "?"
  }
}

extension RunDirectory {
  /// Writes the resolved recipe and what runs it.
  /// - Throws: `FileError.system`.
  func describe(
    _ recipe: Recipe, _ dataset: Dataset, _ kernels: KernelSet, worldSize: Int
  ) throws {
    let description = RunDescription(
      recipe: recipe.name, worldSize: worldSize, kernelSet: kernels.name,
      blasCore: BLASDenseProducts.prepare(), flushesSubnormals: KernelSet.flushSubnormals(),
      data: dataset.name, dataSha256: dataset.sha256, trainingImages: dataset.training.count,
      testImages: dataset.test.count)
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try OutputFile.replace(self.recipe, with: Data(recipe.text.utf8))
    try OutputFile.replace(self.description, with: try encoder.encode(description) + Data([0x0A]))
  }
}
