import ArgumentParser
import Communication
import Datasets
import Evaluation
import Models
import Outcomes
import Recipes
import Reporting
import Runs
import Storage
import Tensors
import Training

/// `relief-dist evaluate`: what a trained network is worth.
struct EvaluateCommand: ParsableCommand {
  /// Images of a data set, by what they are for.
  enum Split: String, ExpressibleByArgument, CaseIterable {
    case test, validation, training
  }

  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "Tell accuracy and speed of a trained network.")

  @Argument(
    help: ArgumentHelp("A run's folder, or a model's safetensors file.", valueName: "run|model"))
  var model: String

  @Option(help: "The images: test, validation or training.")
  var split = Split.test

  @Option(help: "Of a run: the network after this pruning iteration (default: the chosen one).")
  var iteration: Int?

  @Option(help: "A recipe's name or TOML file, for its data (default: that of the model's run).")
  var recipe: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Set a key of the recipe; may be repeated.", valueName: "data.key=value"))
  var overrides: [String] = []

  @Option(help: ArgumentHelp("Compare with this one, in turns.", valueName: "run|model"))
  var against: String?

  @Option(help: ArgumentHelp("Write label, prediction and logits of each image.", valueName: "csv"))
  var predictions: PathArgument?

  @Option(help: ArgumentHelp("Write what each class is taken for.", valueName: "csv"))
  var confusion: PathArgument?

  @Flag(help: "Print one line of JSON.")
  var json = false

  func validate() throws {
    try ModelArgument.requireIteration(iteration)
    if let other = overrides.first(where: { !$0.hasPrefix("data.") }) {
      throw ValidationError(
        "--set: \(other) sets nothing of the data, which is all that matters here")
    }
  }

  func run() throws {
    Job.run { communicator in
      let arguments = try arguments(communicator)
      let files = try communicator.agree {
        try outputFiles(isRoot: communicator.isRoot, inputs: arguments.map(\.path))
      }
      let recipe: Recipe = try communicator.agree { try agreedRecipe(arguments[0]) }
      communicator.inspector.limit = Double(recipe.safety.stallSeconds)
      let dataset = try Job.load(recipe.data, communicator, isQuiet: json)
      let models = try communicator.agree { () -> [Model] in
        let kernels = try KernelChoice.fromEnvironment()
        return try arguments.map { try $0.model(of: recipe, dataset, kernels) }
      }
      let images: Subset = try communicator.agree { try self.images(dataset, recipe) }
      for model in models where communicator.isRoot {
        if let words = model.description.wordsOnOtherImages(dataset) {
          Job.say("\(model.path): \(words)")
        }
      }
      let evaluations = try Evaluator(models, communicator: communicator).evaluate(
        images, split: split.rawValue, keepsLogits: files.predictions != nil)
      try communicator.agree { try zip(models, evaluations).forEach(requireFinite) }
      _ = try communicator.agreeOnRoot {
        if let path = files.predictions { try evaluations[0].writePredictions(path) }
        if let path = files.confusion { try evaluations[0].writeConfusion(path) }
        try show(evaluations, dataset)
      }
    }
  }

  /// Where files go, which the root must be able to write.
  private func outputFiles(
    isRoot: Bool, inputs: [String]
  ) throws -> (predictions: String?, confusion: String?) {
    let files = try (
      predictions: predictions?.path(of: "--predictions"),
      confusion: confusion?.path(of: "--confusion")
    )
    if isRoot {
      try ResultFiles([("--predictions", files.predictions), ("--confusion", files.confusion)])
        .require(apartFrom: inputs, mayReplace: true)
    }
    return files
  }

  /// Weights may be finite, and what comes of them not.
  private func requireFinite(_ model: Model, _ evaluation: Evaluation) throws {
    guard evaluation.tally.loss.isFinite else { throw model.notFinite }
  }

  private func arguments(_ communicator: any Communicator) throws -> [ModelArgument] {
    var arguments = [
      try ModelArgument(model, iteration: iteration, communicator, notice: Job.say)
    ]
    if let against {
      arguments.append(try ModelArgument(against, iteration: nil, communicator, notice: Job.say))
    }
    return arguments
  }

  private func agreedRecipe(_ model: ModelArgument) throws -> Recipe {
    let overrides = try overrides.map(ConfigurationEntry.init(override:))
    if let recipe {
      return try Recipe.load(recipe, folder: RecipeFolder.path, overrides: overrides)
    }
    guard let text = model.recipe else {
      throw ConfigurationError(
        place: model.path, reason: "does not say which images it is for; give --recipe")
    }
    return try Recipe(name: model.path, text: text, overrides: overrides)
  }

  /// The images of the split.
  private func images(_ dataset: Dataset, _ recipe: Recipe) throws -> Subset {
    switch split {
    // They are the same however the others are split.
    case .test: return Subset(dataset.test, order: Array(0..<dataset.test.count))
    case .training:
      let training = try RunImages(dataset, recipe: recipe).training
      return Subset(training.images, order: training.order)
    case .validation:
      guard let validation = try RunImages(dataset, recipe: recipe).validation else {
        throw ConfigurationError(
          place: "--split", reason: "data.validation is 0: there are no images to validate on")
      }
      return validation
    }
  }

  private func show(_ evaluations: [Evaluation], _ dataset: Dataset) throws {
    let other = evaluations.count > 1 ? evaluations[1] : nil
    try StandardStream.output.print(
      json
        ? EvaluationRecord(evaluations[0], data: dataset.name, against: other).jsonLine
        : EvaluationTable(evaluations[0], data: dataset.name, against: other).text)
  }
}

extension ModelArgument {
  /// The network, which must be one for the images of `dataset`.
  /// - Throws: `FileError.damaged`, `ConfigurationError` with what does not fit.
  fileprivate func model(
    of recipe: Recipe, _ dataset: Dataset, _ kernels: KernelSet
  ) throws -> Model {
    let model = try model(
      ModelDescription(network: recipe.network.name, dataset: dataset, recipe: recipe.text),
      kernels: kernels)
    let (input, classes) = (model.description.input, model.description.classNames.count)
    guard input == dataset.training.shape, classes == dataset.classes else {
      throw ConfigurationError(
        place: path,
        reason: """
          is for \(classes) classes of images of \(input.text), \(dataset.name) has \
          \(dataset.classes) of \(dataset.training.shape.text); give --recipe or --set data.name
          """)
    }
    return model
  }
}

extension ModelDescription {
  /// What a user should know where these are not the images that the model was trained on.
  fileprivate func wordsOnOtherImages(_ dataset: Dataset) -> String? {
    guard !data.isEmpty, dataSHA256 != dataset.sha256 else { return nil }
    let name = data == dataset.name ? "other images of \(data)" : data
    return "was trained on \(name)"
  }
}
