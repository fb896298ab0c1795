import Networks
import Runs

/// Keeps a run's networks and checkpoints, and watches nothing.
final class Keeper: RunObserver, NetworkStore, CheckpointStore {
  var networks: [Network] = []
  var checkpoints: [Checkpoint] = []

  func stepped(_ progress: StepProgress) {}
  func recorded(_ record: RunRecord) {}
  func synchronise() -> Int { 0 }
  func noticed(_ text: String) {}
  func warned(_ text: String) {}
  func tidy(sparing steps: Int?) {}
  func checkpoint(after steps: Int, _ demand: CheckpointDemand) -> Checkpoint? {
    checkpoints.last { $0.steps == steps }
  }
  func cut(after steps: Int) {}
  func store(_ checkpoint: Checkpoint) { checkpoints.append(checkpoint) }
  func store(_ network: Network, iteration: Int) { networks.append(network) }
  func storeFinal(_ network: Network, iteration: Int) {}
}
