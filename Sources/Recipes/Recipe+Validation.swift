import Datasets
import Networks
import Outcomes
import Tensors

extension Recipe {
  /// Requires every value to make sense by itself.
  /// - Throws: `ConfigurationError` with the value and what it must be.
  package func validate() throws {
    try Self.require(
      KnownNetwork.named(network.name) != nil, "network.name", network.name,
      among: KnownNetwork.all.map(\.name))
    try Self.require(
      Dataset.sources[data.name] != nil, "data.name", data.name, among: Dataset.sources.keys)
    try Self.require(data.limit >= 0, "data.limit", data.limit, "0 (all) or more")
    try Self.require(data.validation >= 0, "data.validation", data.validation, "0 or more")
    try Self.require(
      (1..<65_536).contains(training.epochs), "training.epochs", training.epochs, "1 to 65535")
    try Self.require(
      (1...1_048_576).contains(training.batch), "training.batch", training.batch, "1 to 1048576")
    try Self.require(
      positive(training.learningRate), "training.learning_rate", training.learningRate, "above 0")
    try Self.require(
      notNegative(training.weightDecay), "training.weight_decay", training.weightDecay, "0 or more")
    try Self.require(
      (0..<1).contains(training.momentum), "training.momentum", training.momentum, "in [0, 1)")
    try Self.require(positive(training.gamma), "training.gamma", training.gamma, "above 0")
    try Self.require(
      (0..<65_536).contains(training.warmupEpochs), "training.warmup_epochs", training.warmupEpochs,
      "0 to 65535")
    try Self.require(
      (0..<65_536).contains(pruning.iterations), "pruning.iterations", pruning.iterations,
      "0 to 65535")
    try Self.require(
      (1..<65_536).contains(pruning.retrainEpochs), "pruning.retrain_epochs", pruning.retrainEpochs,
      "1 to 65535")
    try Self.require(
      isShare(pruning.alphaConv), "pruning.alpha_conv", pruning.alphaConv, "in (0, 1]")
    try Self.require(
      isShare(pruning.alphaDense), "pruning.alpha_dense", pruning.alphaDense, "in (0, 1]")
    try Self.require(pruning.samples >= 1, "pruning.samples", pruning.samples, "1 or more")
    try Self.require(
      (0...1).contains(pruning.tolerance), "pruning.tolerance", pruning.tolerance, "in [0, 1]")
    try Self.require(
      checkpoint.steps >= 0, "checkpoint.steps", checkpoint.steps, "0 (not by steps) or more")
    try Self.require(
      checkpoint.epochs >= 0, "checkpoint.epochs", checkpoint.epochs, "0 (not by epochs) or more")
    try Self.require(checkpoint.keep >= 1, "checkpoint.keep", checkpoint.keep, "1 or more")
    try Self.require(
      (1...1_000_000).contains(safety.stallSeconds), "safety.stall_seconds", safety.stallSeconds,
      "1 to 1000000")
    try Self.require(
      safety.auditSteps >= 0, "safety.audit_steps", safety.auditSteps,
      "0 (only at pruning iterations and checkpoints) or more")
    try Self.require(
      (0...Safety.mostRollbacks).contains(safety.rollbacks), "safety.rollbacks", safety.rollbacks,
      "0 to \(Safety.mostRollbacks)")
  }

  /// The most ranks that a full batch has lane blocks for.
  package var mostRanks: Int { LaneBlocks.count(forImages: training.batch) }

  /// Requires as many lane blocks in a full batch as there are ranks.
  /// - Throws: `ConfigurationError` that names both.
  package func requireBlocks(worldSize: Int) throws {
    let blocks = mostRanks
    guard worldSize <= blocks else {
      throw ConfigurationError(
        place: "training.batch",
        reason: """
          \(worldSize) ranks, but a batch of \(training.batch) images fills only \(blocks) lane \
          blocks of \(LaneBlocks.lanes); start at most \(blocks) ranks or raise training.batch to \
          \((worldSize - 1) * LaneBlocks.lanes + 1)
          """)
    }
  }

  /// Requires a network that takes the images of `dataset`.
  /// - Throws: `ConfigurationError` that names both, and the networks that do.
  package func requireFit(_ dataset: Dataset) throws {
    try requireFit(dataset.name, shape: dataset.training.shape, classes: dataset.classes)
  }

  /// Requires a network that takes images of `shape` in so many classes, those of the data set `name`.
  /// - Throws: `ConfigurationError` that names both, and the networks that do.
  package func requireFit(_ name: String, shape: FeatureShape, classes: Int) throws {
    guard classes >= 2 else {
      throw ConfigurationError(
        place: "data.name",
        reason: "\(name) has \(classes) class; a network tells 2 or more apart")
    }
    guard let demand = KnownNetwork.named(network.name), !demand.takes(shape) else { return }
    let size =
      demand.smallestSide == 1
      ? "of any size" : "of \(demand.smallestSide)×\(demand.smallestSide) or more"
    let others = KnownNetwork.all.filter { $0.takes(shape) }.map(\.name).sorted()
    throw ConfigurationError(
      place: "network.name",
      reason: """
        \(network.name) takes \(Self.colours(demand.usualInput.channels)) images \(size), \(name) has \
        \(Self.colours(shape.channels)) images of \(shape.height)×\(shape.width); networks that take \
        these: \(others.isEmpty ? "none" : others.joined(separator: ", "))
        """)
  }

  private static func colours(_ channels: Int) -> String {
    switch channels {
    case 1: "greyscale"
    case 3: "colour"
    default: "\(channels)-channel"
    }
  }

  private func positive(_ value: Double) -> Bool { value > 0 && value.isFinite }
  private func notNegative(_ value: Double) -> Bool { value >= 0 && value.isFinite }
  private func isShare(_ value: Double) -> Bool { value > 0 && value <= 1 }

  package static func require(_ holds: Bool, _ key: String, _ value: some Any, _ range: String)
    throws
  {
    guard holds else {
      throw ConfigurationError(place: "", reason: "\(key) is \(value); it must be \(range)")
    }
  }

  private static func require(
    _ holds: Bool, _ key: String, _ value: String, among known: some Sequence<String>
  ) throws {
    let names = known.sorted()
    guard holds else {
      throw ConfigurationError(
        place: key,
        reason: """
          unknown "\(value)"\(suggestion(value, names)); known are \
          \(names.joined(separator: ", "))
          """)
    }
  }
}
