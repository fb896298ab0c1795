import Planning

/// What a run will cost, as people read it.
package struct ForecastTable {
  private let forecast: ForecastResult

  /// The tables of `forecast`.
  package init(_ forecast: ForecastResult) { self.forecast = forecast }

  /// What the run is, memory of a rank, a step, phases to the end, scaling, and what all that rests
  /// on.
  package var text: String {
    [
      heading, TextTable.columns(memory), TextTable.columns(step), TextTable.table(phases), total,
      TextTable.table(scaling) + "\n" + limit,
      forecast.assumptions.map { "· " + $0 }.joined(separator: "\n"),
    ].joined(separator: "\n\n")
  }

  private var heading: String {
    """
    \(forecast.recipe.printable): \(forecast.network) (\(Format.grouped(forecast.total)) connections) on \(forecast.data)
    \(Format.grouped(forecast.trainingImages)) images to train and \
    \(Format.grouped(forecast.validationImages)) to validate on
    batch of \(forecast.batch) = \(Self.count(forecast.blocks, "lane block")) on \
    \(Self.count(forecast.ranks, "rank")), \(Self.count(forecast.nodes, "machine"))
    """
  }

  private var memory: [[String]] {
    let memory = forecast.memory
    return [
      ["memory of a rank", Format.bytes(memory.total)],
      ["  activations", Format.bytes(memory.maps)],
      ["  parameters and copies", Format.bytes(memory.parameters)],
      ["  gradients", Format.bytes(memory.gradients)],
      ["  optimizer", Format.bytes(memory.optimizer)],
      ["  connections and masks", Format.bytes(memory.lists)],
      ["  pruning", Format.bytes(memory.pruning)],
      ["  images", Format.bytes(memory.images)],
      ["  program", Format.bytes(memory.process)],
      ["memory of a machine", Format.bytes(forecast.nodeMemory)],
    ]
  }

  private var step: [[String]] {
    let step = forecast.step
    return [
      ["a step, unpruned", Format.time(step.seconds)],
      ["  computing", Format.time(step.computeSeconds)],
      ["  communicating", Format.time(step.communicationSeconds)],
      ["sent by all ranks", Format.bytes(step.bytesSent)],
      ["images a second", Format.grouped(Int(step.imagesPerSecond.rounded()))],
    ]
  }

  private var phases: [[String]] {
    [["phase", "density", "epochs", "step", "epoch", "in all"]]
      + forecast.phases.map {
        [
          $0.iteration == 0 ? "train" : "retrain \($0.iteration)",
          Format.decimal(100 * $0.density, 1) + " %", "\($0.epochs)", Format.time($0.stepSeconds),
          Format.duration($0.epochSeconds), Format.duration($0.seconds),
        ]
      }
  }

  private var total: String {
    """
    pruning \(Format.duration(forecast.pruningSeconds)), the whole run \
    \(Format.duration(forecast.seconds)); without any gain from pruning \
    \(Format.duration(forecast.denseSeconds))
    """
  }

  private var scaling: [[String]] {
    [["ranks", "blocks", "step", "computing", "images/s", "efficiency", "sent", "memory", "run"]]
      + forecast.scaling.map {
        [
          "\($0.ranks)", "\($0.blocks)", Format.time($0.seconds) + ($0.isMeasured ? "" : "*"),
          Format.time($0.computeSeconds), Format.grouped(Int($0.imagesPerSecond.rounded())),
          Format.decimal(100 * $0.efficiency, 0) + " %", Format.bytes($0.bytesSent),
          Format.bytes($0.memory), Format.duration($0.runSeconds),
        ]
      }
  }

  private var limit: String {
    let extrapolated = forecast.scaling.contains { !$0.isMeasured }
    return """
      \(extrapolated ? "* too long or large to measure here: from steps with fewer blocks\n" : "")\
      At most \(Self.count(forecast.blocks, "rank")): more than lane blocks in a batch is an error; raise \
      training.batch
      """
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(Format.grouped(number)) \(noun)\(number == 1 ? "" : "s")"
  }
}
