import Recipes
import Runs

/// Where a run stands, by its records.
package struct RunStatus: Encodable {
  /// Whether something goes on.
  package enum State: String, Encodable, Sendable {
    /// A job has the run.
    case running
    /// It has come to its end.
    case finished
    /// No job has it any more: the same command goes on with it.
    case stopped
    /// The file system has no locks that tell.
    case unknown
  }

  let state: State
  let network, data: String
  let ranks: Int
  /// The pruning iteration under way, 0 for the unpruned network, and how many there will be.
  let iteration, iterations: Int
  /// Epochs of its training that are done, and how many it has.
  let epoch, epochs: Int
  /// When the run began, as ISO 8601 has it, and how often it went on from a checkpoint.
  let started: String
  let restarts: Int
  /// How long epochs will still take, at the pace of the last ones; nil before the first.
  let secondsLeft: Double?
  /// Since the last record.
  let secondsSinceRecord: Double
  /// The last records of each kind. Distributions are left out.
  let train, retrain: RunRecord.Epoch?
  let prune: RunRecord.Prune?
  let rollback: RunRecord.Rollback?
  let end: RunRecord.End?

  /// That of a run.
  ///
  /// - Parameters:
  ///   - isHeld: whether a job has it; nil where nothing tells.
  ///   - age: seconds since its last record.
  package init(
    _ history: RunHistory, _ recipe: Recipe, _ description: RunDescription, isHeld: Bool?,
    age: Double
  ) {
    let (epochs, last) = (history.epochs, history.stages.last)
    end = history.end
    state =
      history.end != nil ? .finished : isHeld.map { $0 ? .running : .stopped } ?? .unknown
    (network, data, ranks) = (recipe.network.name, description.data, description.worldSize)
    (iteration, iterations) = (last?.iteration ?? 0, recipe.pruning.iterations)
    epoch = last?.epochs.last?.epoch ?? 0
    self.epochs = iteration == 0 ? recipe.training.epochs : recipe.pruning.retrainEpochs
    started = description.firstStarted ?? description.started
    restarts = description.restarts ?? 0
    secondsSinceRecord = age
    train = epochs.last { $0.phase == "train" }
    retrain = epochs.last { $0.phase == "retrain" }
    prune = history.prunes.last.map {
      var prune = $0
      (prune.layers, prune.inputs, prune.inputShape) = (nil, nil, nil)
      return prune
    }
    rollback = history.stages.flatMap(\.rollbacks).last
    let left = self.epochs - epoch + (iterations - iteration) * recipe.pruning.retrainEpochs
    let pace = epochs.suffix(5).map(\.seconds)
    secondsLeft =
      state == .finished || pace.isEmpty
      ? nil : Double(left) * pace.reduce(0, +) / Double(pace.count)
  }

  /// Whether there is more to come.
  package var goesOn: Bool { state == .running || state == .unknown }

  /// A few lines.
  package var text: String {
    var rows = [("state", words)]
    rows.append(("since", started + (restarts > 0 ? ", gone on \(Self.times(restarts))" : "")))
    if let end {
      rows.append(
        (
          "result",
          """
          iteration \(end.iteration), \(Format.grouped(end.kept)) of \(Format.grouped(end.total)) \
          connections, test accuracy \(RunReport.percent(end.testAccuracy))
          """
        ))
    } else {
      rows.append(("now", place))
      if let secondsLeft { rows.append(("left", "about \(Format.duration(secondsLeft))")) }
    }
    for (name, epoch) in [("train", train), ("retrain", retrain)] {
      if let epoch { rows.append((name, Self.words(epoch))) }
    }
    if let prune {
      rows.append(
        ("prune", "iteration \(prune.iteration) kept \(Format.grouped(prune.kept)) connections"))
    }
    if let rollback {
      rows.append(("rollback", "\(rollback.what), \(Self.times(rollback.rollbacks)) so far"))
    }
    let width = rows.map(\.0.count).max() ?? 0
    let lines = rows.map { name, words in
      name + String(repeating: " ", count: width - name.count + 2) + words.printable
    }
    let head = "\(network) on \(data), \(ranks) \(ranks == 1 ? "rank" : "ranks")".printable
    return ([head] + lines).joined(separator: "\n")
  }

  /// One line, for who follows.
  package var line: String {
    guard end == nil, let epoch = iteration == 0 ? train : retrain, self.epoch > 0 else {
      return end == nil ? place : words
    }
    let left = secondsLeft.map { ", about \(Format.duration($0)) left" } ?? ""
    return "\(place): \(Self.words(epoch))\(left)"
  }

  private var words: String {
    switch state {
    case .running: "running, last record \(Format.duration(secondsSinceRecord)) ago"
    case .finished: "finished"
    case .stopped:
      """
      no job has it any more, last record \(Format.duration(secondsSinceRecord)) ago; the command that \
      started it goes on
      """
    case .unknown:
      """
      last record \(Format.duration(secondsSinceRecord)) ago; there are no locks here that tell whether \
      a job has it
      """
    }
  }

  private var place: String {
    let phase =
      iteration == 0 ? "the first training" : "pruning iteration \(iteration) of \(iterations)"
    return "\(phase), \(epoch) of \(epochs) epochs done"
  }

  private static func words(_ epoch: RunRecord.Epoch) -> String {
    let validation = epoch.validationAccuracy.map {
      ", validation accuracy \(RunReport.percent($0))"
    }
    return """
      loss \(Format.decimal(epoch.loss, 4)), accuracy \(RunReport.percent(epoch.accuracy))\
      \(validation ?? ""), \(Format.grouped(Int(epoch.imagesPerSecond))) images/s
      """
  }

  private static func times(_ count: Int) -> String { count == 1 ? "once" : "\(count) times" }
}
