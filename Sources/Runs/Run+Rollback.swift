import Training

extension Run {
  /// Does `work`, again and again from the start of its epoch with half the learning rate where it
  /// comes to numbers that are not finite, as often as the recipe allows.
  ///
  /// Runs reproduce it: every epoch's start is on disk, an audit stands before each checkpoint, and
  /// how often the run went back is part of its state.
  /// - Throws: `NotFiniteError` where it may not go back; what `work` throws.
  func recovering(_ state: inout RunState, _ work: (inout RunState) throws -> Void) throws {
    while true {
      do { return try work(&state) } catch let failure as NotFiniteError {
        try rollBack(&state, after: failure)
      }
    }
  }

  /// Saves a run that is to stop.
  /// - Throws: `UnsavedError`, `NotFiniteError`; what ranks throw.
  func stop(_ state: inout RunState) throws {
    try recovering(&state) { try checkpointing.stop(&$0) }
  }

  private func rollBack(_ state: inout RunState, after failure: NotFiniteError) throws {
    guard recipe.safety.onNonfinite == .rollback else { throw failure }
    guard state.rollbacks < recipe.safety.rollbacks else {
      throw failure.advising(
        "the run went back \(state.rollbacks) times already; lower training.learning_rate")
    }
    guard let checkpoint = try checkpointing.startOfEpoch(state) else {
      throw failure.advising(
        """
        there is no whole checkpoint of the start of its epoch to go back to; the same command goes on \
        from the last one
        """)
    }
    let (rollbacks, before) = (state.rollbacks + 1, state.before)
    state = try checkpoint.state(
      of: recipe, unpruned: try unpruned(), communicator: communicator)
    (state.rollbacks, state.before) = (rollbacks, before)
    try checkpointing.goBack(to: state)
    // An epoch is put on record at its end, so there is nothing after its start to be cut off.
    let record = RunRecord.Rollback(
      iteration: state.iteration, epoch: state.training.epoch + 1, step: failure.step,
      what: failure.what, rollbacks: rollbacks, learningRateFactor: state.rateFactor)
    communicator.inspector.step = state.steps
    try observer.record(.rollback(record), on: communicator)
    observer.warned(
      """
      \(failure.what) is not finite in step \(failure.step): back to step \(state.steps), and on \
      with half the learning rate (rollback \(rollbacks) of \(recipe.safety.rollbacks))
      """)
  }
}
