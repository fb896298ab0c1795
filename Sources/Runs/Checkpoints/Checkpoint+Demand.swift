import Recipes

extension Checkpoint {
  /// Requires it to be one of the same run, and every number and tensor of it to be one that such a
  /// run comes to.
  /// - Throws: `ConfigurationError` with what differs, `FileError.damaged`.
  package func require(_ demand: CheckpointDemand) throws {
    try require(demand.identity)
    try requireProgress(demand)
    try requireMeasures(demand)
    try requireChoice(demand)
    try requireTensors(demand)
  }

  private func requireProgress(_ demand: CheckpointDemand) throws {
    try require("iteration", header.iteration, in: 0...demand.recipe.pruning.iterations)
    let epochs = demand.epochs(header.iteration)
    let before = demand.steps(before: header.iteration)
    if header.trained == nil {
      try require("epoch", header.epoch, in: 0...epochs)
      try require(
        "step", header.step, in: 0...(header.epoch < epochs ? demand.stepsPerEpoch : 0))
      let steps = header.epoch * demand.stepsPerEpoch + header.step
      try require("number of steps", header.steps, in: before + steps...before + steps)
      try require("number of the optimizer's steps", header.optimizerSteps, in: steps...steps)
    } else {
      let after = before + epochs * demand.stepsPerEpoch
      try require("number of steps", header.steps, in: after...after)
    }
    try require("number of rollbacks", header.rollbacks ?? 0, in: 0...Recipe.Safety.mostRollbacks)
    try require("number of metrics' bytes", header.metricsBytes, in: 0...Self.mostCount)
  }

  private func requireMeasures(_ demand: CheckpointDemand) throws {
    let measures = header.measures
    let images = header.trained == nil ? demand.images(steps: header.step) : 0
    try require("number of images", measures.tally.images, in: images...images)
    guard measures.tally.isSound else { throw damaged("its losses or correct answers are none") }
    try require("number of bytes sent", measures.bytesSent, in: 0...Self.mostCount)
    try require("slowest rank", measures.slowestRank, in: 0...Self.mostCount)
    let ranks = measures.ranks ?? []
    try require("number of ranks' times", ranks.count, in: 0...Self.mostCount)
    let times = ranks.flatMap { [$0.computeSeconds, $0.communicationSeconds, $0.dataSeconds] }
    for seconds in times + [
      measures.seconds, measures.computeSeconds, measures.communicationSeconds, header.clocks.run,
      header.clocks.checkpoints,
    ] {
      guard seconds.isFinite, abs(seconds) < Self.mostSeconds else {
        throw damaged("one of its times is \(seconds) s")
      }
    }
  }

  private func requireChoice(_ demand: CheckpointDemand) throws {
    let accuracies = [
      header.bestAccuracy, header.unprunedAccuracy, header.trained?.validationAccuracy,
    ]
    for accuracy in accuracies { try require("accuracy", accuracy ?? 0, in: 0...1) }
    if let hash = header.trained?.stateHash, hash.wholeMatch(of: /[0-9a-f]{64}/) == nil {
      throw damaged("its state's hash is none")
    }
    let last = lastIteration
    guard let chosen = header.chosenIteration else {
      guard last < 0 else { throw damaged("it has no chosen iteration") }
      return
    }
    guard last >= 0 else { throw damaged("its chosen iteration is \(chosen), before there is one") }
    try require("chosen iteration", chosen, in: 0...last)
  }

  private func requireTensors(_ demand: CheckpointDemand) throws {
    let mask = try mask("", of: demand.layout)
    let parameters = demand.layout.parameterCount(mask)
    try requireFloats("parameters", parameters)
    try requireFloats("statistics", demand.statistics)
    if demand.recipe.pruning.rewind { try requireFloats("initial", parameters) }
    if header.trained == nil {
      for index in 0..<demand.recipe.optimizer.kind.stateNames.count {
        try requireFloats("optimizer.\(index)", parameters)
      }
    }
    if tensors["best.parameters"] != nil {
      try requireFloats("best.parameters", parameters)
      try requireFloats("best.statistics", demand.statistics)
    }
    if tensors["statistics.ranks"] != nil {
      try requireFloats("statistics.ranks", demand.worldSize * demand.statistics)
    }
    guard let chosen = header.chosenIteration, chosen != presentChoice else { return }
    let chosenMask = try self.mask("chosen.", of: demand.layout)
    guard mask.isSubset(of: chosenMask) else {
      throw damaged("it keeps connections that iteration \(chosen) had pruned")
    }
    try requireFloats("chosen.parameters", demand.layout.parameterCount(chosenMask))
    try requireFloats("chosen.statistics", demand.statistics)
  }

  /// A count that a run may come to, with room to go on.
  private static let mostCount = 1 << 60
  private static let mostSeconds = 1e15

  private func require<Value: Comparable>(
    _ name: String, _ value: Value, in range: ClosedRange<Value>
  ) throws {
    guard !range.contains(value) else { return }
    let wanted =
      range.lowerBound == range.upperBound
      ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
    throw damaged("its \(name) is \(value), in such a run it is \(wanted)")
  }
}
