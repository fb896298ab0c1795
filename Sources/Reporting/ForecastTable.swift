import Planning

/// What a run will cost, as people read it.
package struct ForecastTable {
  private let plan: ForecastResult

  /// The tables of `plan`.
  package init(_ plan: ForecastResult) { self.plan = plan }

  /// What the run is, memory of a rank, a step, phases to the end, scaling, and what all that rests on.
  package var text: String {
    [
      heading, Self.columns(memory), Self.columns(step), Self.table(phases), total,
      Self.table(scaling) + "\n" + limit,
      plan.assumptions.map { "· " + $0 }.joined(separator: "\n"),
    ].joined(separator: "\n\n")
  }

  private var heading: String {
    """
    \(plan.recipe.printable): \(plan.network) (\(Format.grouped(plan.total)) connections) on \(plan.data)
    \(Format.grouped(plan.trainingImages)) images to train and \
    \(Format.grouped(plan.validationImages)) to validate on
    batch of \(plan.batch) = \(Self.count(plan.blocks, "lane block")) on \
    \(Self.count(plan.ranks, "rank")), \(Self.count(plan.nodes, "machine"))
    """
  }

  private var memory: [[String]] {
    let memory = plan.memory
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
      ["memory of a machine", Format.bytes(plan.nodeMemory)],
    ]
  }

  private var step: [[String]] {
    let step = plan.step
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
      + plan.phases.map {
        [
          $0.iteration == 0 ? "train" : "retrain \($0.iteration)",
          Format.decimal(100 * $0.density, 1) + " %", "\($0.epochs)", Format.time($0.stepSeconds),
          Format.duration($0.epochSeconds), Format.duration($0.seconds),
        ]
      }
  }

  private var total: String {
    """
    pruning \(Format.duration(plan.pruningSeconds)), the whole run \
    \(Format.duration(plan.seconds)); without any gain from pruning \
    \(Format.duration(plan.denseSeconds))
    """
  }

  private var scaling: [[String]] {
    [["ranks", "blocks", "step", "computing", "images/s", "efficiency", "sent", "memory", "run"]]
      + plan.scaling.map {
        [
          "\($0.ranks)", "\($0.blocks)", Format.time($0.seconds) + ($0.isMeasured ? "" : "*"),
          Format.time($0.computeSeconds), Format.grouped(Int($0.imagesPerSecond.rounded())),
          Format.decimal(100 * $0.efficiency, 0) + " %", Format.bytes($0.bytesSent),
          Format.bytes($0.memory), Format.duration($0.runSeconds),
        ]
      }
  }

  private var limit: String {
    let extrapolated = plan.scaling.contains { !$0.isMeasured }
    return """
      \(extrapolated ? "* too long or large to measure here: from steps with fewer blocks\n" : "")\
      At most \(Self.count(plan.blocks, "rank")): more than lane blocks in a batch is an error; raise \
      training.batch
      """
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(Format.grouped(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  /// Words and a number a line.
  private static func columns(_ rows: [[String]]) -> String {
    let widths = [0, 1].map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      row[0] + String(repeating: " ", count: widths[0] - row[0].count + 2)
        + Format.right(row[1], widths[1])
    }.joined(separator: "\n")
  }

  /// Columns under their names.
  private static func table(_ rows: [[String]]) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { zip($0, widths).map(Format.right).joined(separator: "  ") }
      .joined(separator: "\n")
  }
}
