import Communication
import Networks
import Recipes
import Storage
import Tensors
import Training

extension Checkpoint {
  /// The state of a run with the identity `identity` whose steps are added up; every rank must make
  /// it, because each has a part of the optimizer's state.
  /// - Throws: what gathering throws.
  init(_ state: RunState, identity: RunIdentity) throws {
    var header = Header(identity: identity)
    (header.iteration, header.steps) = (state.iteration, state.steps)
    (header.trained, header.rollbacks) = (state.trained, state.rollbacks)
    header.unprunedAccuracy = state.modelSelection.unpruned
    header.chosenIteration = state.modelSelection.chosen?.iteration
    self.init(header, path: "step \(state.steps)")
    set(state.network, "")
    tensors["initial"] = state.prunable.initial.map(Self.tensor)
    if state.trained == nil { try set(state.training, state.replica) }
    if let (network, iteration) = state.modelSelection.chosen, iteration != presentChoice {
      set(network, "chosen.")
    }
  }

  /// The iteration whose trained network is the present one.
  var presentChoice: Int? { header.trained == nil ? nil : header.iteration }

  /// The last iteration whose network is trained; -1 before the first is.
  package var lastIteration: Int { header.trained == nil ? header.iteration - 1 : header.iteration }

  private mutating func set(_ training: RunState.Training, _ replica: Replica) throws {
    (header.epoch, header.step) = (training.epoch, training.step)
    header.measures = training.meter.measures
    header.optimizerSteps = replica.optimizer.steps
    for (index, state) in replica.optimizer.state.enumerated() {
      tensors["optimizer.\(index)"] = Self.tensor(try replica.exchange.gather(state: state))
    }
    if training.step > 0, let ranks = try replica.statisticsOfRanks() {
      let count = replica.network.statistics.count
      tensors["statistics"] = Safetensors.Tensor(ranks[0], shape: [count])
      tensors["statistics.ranks"] = Safetensors.Tensor(
        Array(ranks.joined()), shape: [ranks.count, count])
    }
    guard let best = training.best else { return }
    header.bestAccuracy = best.accuracy
    let (parameters, statistics) = (
      Self.tensor(best.weights.parameters), Self.tensor(best.weights.statistics)
    )
    if parameters.bytes != tensors["parameters"]?.bytes
      || statistics.bytes != tensors["statistics"]?.bytes
    {
      (tensors["best.parameters"], tensors["best.statistics"]) = (parameters, statistics)
    }
  }

  private mutating func set(_ network: Network, _ prefix: String) {
    let mask = network.mask.bytes
    tensors[prefix + "mask"] = Safetensors.Tensor(mask, shape: [mask.count])
    tensors[prefix + "parameters"] = Self.tensor(network.parameters)
    tensors[prefix + "statistics"] = Self.tensor(network.statistics)
  }

  private static func tensor(_ buffer: FloatBuffer) -> Safetensors.Tensor {
    Safetensors.Tensor(buffer, shape: [buffer.count])
  }
}

extension Checkpoint {
  /// The state on this rank, for a run that starts with `unpruned`.
  /// - Throws: `FileError.damaged` where it is none of such a run.
  func state(
    of recipe: Recipe, unpruned: Network, communicator: any Communicator
  ) throws -> RunState {
    let network = try network("", like: unpruned)
    var state = RunState(
      prunable: PrunableNetwork(
        network: network,
        initial: recipe.pruning.rewind ? try floats("initial", network.parameters.count) : nil),
      replica: Replica(network, recipe, communicator),
      modelSelection: ModelSelection(tolerance: recipe.pruning.tolerance))
    (state.iteration, state.steps, state.before) = (header.iteration, header.steps, header.clocks)
    (state.trained, state.rollbacks) = (header.trained, header.rollbacks ?? 0)
    if header.trained == nil { state.training = try training(state.replica) }
    if let iteration = header.chosenIteration {
      state.modelSelection = ModelSelection(
        tolerance: recipe.pruning.tolerance, unpruned: header.unprunedAccuracy,
        chosen: (
          iteration == presentChoice ? network : try self.network("chosen.", like: unpruned),
          iteration
        ))
    }
    return state
  }

  private func training(_ replica: Replica) throws -> RunState.Training {
    let network = replica.network
    replica.optimizer.resume(after: header.optimizerSteps)
    for (index, state) in replica.optimizer.state.enumerated() {
      replica.exchange.scatter(
        try floats("optimizer.\(index)", network.parameters.count), to: state)
    }
    var training = RunState.Training(
      epoch: header.epoch, step: header.step, meter: EpochMeter(header.measures))
    try takeOwnStatistics(replica)
    replica.renewChecksums()
    if let accuracy = header.bestAccuracy {
      let weights =
        tensors["best.parameters"] == nil
        ? Snapshot(network)
        : Snapshot(
          of: network, parameters: try floats("best.parameters", network.parameters.count),
          statistics: try floats("best.statistics", network.statistics.count))
      training.best = (accuracy, weights)
    }
    return training
  }

  /// Within an epoch every rank may have running moments of its own.
  private func takeOwnStatistics(_ replica: Replica) throws {
    guard tensors["statistics.ranks"] != nil else { return }
    let (ranks, statistics) = (replica.communicator, replica.network.statistics)
    let all = try floats("statistics.ranks", ranks.worldSize * statistics.count)
    for index in 0..<statistics.count {
      statistics[index] = all[ranks.rank * statistics.count + index]
    }
  }

  private func network(_ prefix: String, like unpruned: Network) throws -> Network {
    let layout = unpruned.layout
    let mask = try mask(prefix, of: layout)
    return Network(
      unpruned.graph, mask: mask,
      parameters: try floats(prefix + "parameters", layout.parameterCount(mask)),
      statistics: try floats(prefix + "statistics", unpruned.statistics.count),
      kernels: unpruned.kernels, engine: unpruned.engine)
  }

  func mask(_ prefix: String, of layout: ConnectionLayout) throws -> Mask {
    guard let bytes = tensors[prefix + "mask"]?.bytes,
      let mask = Mask(count: layout.count, bytes: bytes), layout.keptCount(mask) > 0
    else { throw damaged("\(prefix)mask is no mask of \(layout.count) connections") }
    return mask
  }

  private func floats(_ name: String, _ count: Int) throws -> FloatBuffer {
    try requireFloats(name, count)
    return FloatBuffer(tensors[name]?.floats ?? [])
  }

  func requireFloats(_ name: String, _ count: Int) throws {
    guard let tensor = tensors[name], tensor.type == .float32, tensor.shape.reduce(1, *) == count
    else { throw damaged("it has no tensor \(name) of \(count) numbers") }
  }

  func damaged(_ reason: String) -> FileError {
    .damaged(path: path, offset: nil, reason: reason)
  }
}
