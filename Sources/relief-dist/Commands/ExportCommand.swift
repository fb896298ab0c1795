import ArgumentParser
import Communication
import Datasets
import Exports
import Foundation
import Models
import Networks
import Outcomes
import Recipes
import Reporting
import Storage
import Tensors

/// `relief-dist export`: a trained network in a form that other programs open.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a trained network for other programs, proven equal.")

  @Argument(
    help: ArgumentHelp("A run's folder, or a model's safetensors file.", valueName: "run|model"))
  var model: String

  @Option(
    help: "safetensors (PyTorch's names and shapes), safetensors-sparse (what survives) or onnx.")
  var format: ExportFormat

  @Option(help: ArgumentHelp("Where it goes.", valueName: "file"))
  var output: PathArgument

  @Option(help: "Of a run: the network after this pruning iteration (default: the chosen one).")
  var iteration: Int?

  @Flag(help: "Also write config.json beside it: network, images, classes, shapes of tensors.")
  var config = false

  @Flag(help: "In ONNX: leave all units, with zeros for what is pruned.")
  var keepShapes = false

  @Flag(help: "Replace what is there.")
  var force = false

  func validate() throws { try ModelArgument.requireIteration(iteration) }

  func run() throws {
    Job.runAlone(listens: true) {
      let path = try output.path(of: "--output")
      guard !keepShapes || format == .onnx else {
        throw ConfigurationError(
          place: "--keep-shapes", reason: "is for --format onnx; the others keep shapes anyway")
      }
      guard !config || format != .onnx else {
        throw ConfigurationError(
          place: "--config", reason: "is for safetensors; ONNX has names and shapes in itself")
      }
      let configPath = "\(PathName.folder(of: path))/config.json"
      let kernels = try KernelChoice.fromEnvironment()
      let argument = try ModelArgument(
        model, iteration: iteration, SingleProcess(), notice: Job.say)
      // A model may be written over where that is asked for: it has been read.
      try ResultFiles([("--output", path), ("--config", config ? configPath : nil)])
        .require(apartFrom: force ? [] : [argument.path], mayReplace: force)
      let fallback = try argument.recipe.map(usualDescription)
      let model = try argument.model(fallback, kernels: kernels)
      let bytes = try format.encoded(model, keepsShapes: keepShapes)
      let proof = try Proof(model, on: testImages(model, argument))
      let distance = try proof.require(bytes, format, path: path, between: Requests.requireNoStop)
      try OutputFile.replace(path, with: bytes)
      if config {
        try OutputFile.replace(configPath, with: model.description.configuration(of: model))
      }
      try show(bytes.count, model, proof, distance, path)
    }
  }

  /// What the recipe of a run tells of a network file that says nothing of itself: that its images
  /// are the usual ones of its data set.
  private func usualDescription(_ text: String) throws -> ModelDescription {
    let recipe = try Recipe(name: model, text: text)
    guard let format = DataFormat.named(recipe.data.name) else {
      throw ConfigurationError(place: model, reason: "is of unknown data \(recipe.data.name)")
    }
    return ModelDescription(
      network: recipe.network.name, input: format.published.shape,
      classes: format.published.classes)
  }

  /// The images to test with, where they are there and the model takes them.
  private func testImages(_ model: Model, _ argument: ModelArgument) throws -> ImageSet? {
    guard let text = argument.recipe else { return nil }
    let data = try Recipe(name: argument.path, text: text).data
    do {
      let dataset = try Dataset.load(data.name, path: data.path, cache: data.cache)
      return dataset.test.shape == model.description.input ? dataset.test : nil
    } catch let error as FileError where error.exitCode == .missingInput {
      return nil
    }
  }

  private func show(_ count: Int, _ model: Model, _ proof: Proof, _ distance: Float, _ path: String)
    throws
  {
    let dense = Network.unpruned(model.network.graph, kernels: model.network.kernels)
    let denseModel = Model(dense, like: model)
    let whole = try format.encoded(denseModel, keepsShapes: true).count
    try StandardStream.output.print(
      ExportWords(
        path: path, bytes: count, denseBytes: whole, images: proof.count,
        isMadeUp: proof.isMadeUp,
        distance: format.tolerance > 0 ? Double(distance) : nil
      ).text)
  }
}

extension ExportFormat: ExpressibleByArgument {}
