import Datasets
import Networks
import Outcomes
import Storage
import Tensors

extension Recipe {
  /// Requires every value to make sense by itself.
  ///
  /// - Parameter settings: what has set the values; the last of a key counts.
  /// - Throws: `ConfigurationError` with where the value was set, the value and what it must be.
  package func validate(_ settings: [ConfigurationEntry] = []) throws {
    for key in Self.keys {
      guard let refusal = key.refusal(self) else { continue }
      throw ConfigurationError(place: Self.place(of: key.name, in: settings), reason: refusal)
    }
    for misfit in misfits where misfit.holds {
      throw ConfigurationError(
        place: Self.place(of: misfit.key, in: settings), reason: "\(misfit.key) \(misfit.reason)")
    }
  }

  /// The place that set a key last, empty where nothing did.
  private static func place(of key: String, in settings: [ConfigurationEntry]) -> String {
    settings.last { $0.key == key }?.place ?? ""
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

  /// Requires a network that takes images of `shape` in so many classes, those of the data set
  /// `name`.
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

  package static func require(_ holds: Bool, _ key: String, _ value: some Any, _ range: String)
    throws
  {
    guard holds else {
      throw ConfigurationError(place: "", reason: "\(key) is \(value); it must be \(range)")
    }
  }
}
