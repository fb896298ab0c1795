import Training

/// Sees to it that no run goes on with, and no checkpoint takes, memory that has changed by itself.
struct Audit {
  /// Steps from one to the next, 0 = none by steps.
  let steps: Int

  /// A training step is done.
  /// - Throws: `ReplicaError`, `NotFiniteError`, the same on every rank; what ranks throw.
  func stepped(_ state: RunState) throws {
    guard steps > 0 && state.steps.isMultiple(of: steps) else { return }
    try state.replica.audit(state.tensors, step: state.steps)
  }

  /// The steps of an epoch are done.
  /// - Throws: `ReplicaError`, `NotFiniteError`, the same on every rank; what ranks throw.
  func epochEnded(_ state: RunState) throws { try state.replica.requireSound(step: state.steps) }

  /// Looks at everything that the run goes on with, ends with, or saves.
  /// - Throws: `ReplicaError`, `NotFiniteError`, the same on every rank; what ranks throw.
  func everything(of state: RunState) throws {
    try state.replica.audit(
      state.tensors + state.modelSelection.tensors + state.setAside, step: state.steps)
  }
}

extension RunState {
  /// What its training needs besides the replica.
  fileprivate var tensors: [SharedTensor] {
    prunable.tensors + (training.best?.weights.tensors ?? [])
  }

  /// The network while pruning measures its successor in the replica.
  fileprivate var setAside: [SharedTensor] {
    guard network !== replica.network else { return [] }
    return network.layered("parameters", network.parameters)
      + network.layeredStatistics("", network.statistics)
  }
}
