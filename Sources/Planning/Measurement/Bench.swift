import Communication
import Datasets
import Networks
import Optimizers
import Outcomes
import Recipes
import Tensors
import Training

/// Times whole training steps on synthetic images.
package struct Bench {
  /// What a bench came to: medians over its steps, from the root's clock.
  package struct Result: Codable, Sendable {
    /// The name recipes use.
    package var network: String
    /// Kept / total.
    package var density: Double
    /// Images of a step over all ranks.
    package var batch: Int
    /// Ranks.
    package var worldSize: Int
    /// Batch / step time.
    package var imagesPerSecond: Double
    /// Whole steps.
    package var stepSeconds: Double
    /// Outside communication.
    package var computeSeconds: Double
    /// In calls that send, receive or wait.
    package var communicationSeconds: Double
    /// An audit, of which runs take one every `safety.audit_steps` steps.
    package var auditSeconds: Double
    /// By all ranks, a step.
    package var bytesSent: Int
    /// Of one image's forward pass.
    package var keptFlops: Int
    /// Multiply-adds × 2 of surviving connections (forward, data gradient but for the first layer,
    /// weight gradient) per second and core, over the core's measured multiply-add peak.
    package var peakFraction: Double
    /// Floating-point operations per second of one core, measured before the steps.
    package var peakPerCore: Double
    /// The kernels in use.
    package var kernelSet: String
  }

  private let network: Network
  private let batch: Int
  private let steps: Int
  private let communicator: any Communicator
  private let traceFile: String?

  /// A bench of `steps` steps of `network` with random connectivity at `density`; one more step is
  /// traced to `traceFile`.
  /// - Throws: `ConfigurationError` for an unknown network or values out of range.
  package init(
    network: String, density: Double, batch: Int, steps: Int, engine: Engine,
    kernels: KernelSet, communicator: any Communicator, traceFile: String? = nil
  ) throws {
    var recipe = Recipe()
    recipe.network.name = network
    recipe.training.batch = batch
    try recipe.validate()
    try recipe.requireBlocks(worldSize: communicator.worldSize)
    try Recipe.require(steps >= 1, "--steps", steps, "1 or more")
    self.network = try .random(network, density: density, kernels: kernels, engine: engine)
    self.batch = batch
    self.steps = steps
    self.communicator = communicator
    self.traceFile = traceFile
  }

  /// Measures.
  /// - Throws: what a step throws.
  package func measure() throws -> Result {
    let architecture = network.architecture
    let replica = Replica(
      network, batch: batch,
      optimizer: OptimizerSettings(
        kind: architecture.input.channels == 1 ? .adam : .sgd, weightDecay: 5e-4,
        momentum: 0.9),
      communicator: communicator)
    let images = ImageSet.synthetic(
      count: 4 * batch, shape: architecture.input, classes: architecture.classes)
    let batches = Subset(images, order: Array(0..<images.count)).batches(of: batch)
    let peak = CorePeak.measure(network.kernels)
    for step in 0..<max(5, steps / 10) {
      try self.step(replica, batches[step % batches.count])
    }

    var times: [(step: Double, communication: Double)] = []
    let bytes = communicator.bytesSent
    for step in 0..<steps {
      let start = ContinuousClock.now
      let communication = communicator.communicationSeconds
      try self.step(replica, batches[step % batches.count])
      times.append(
        (
          start.elapsedSeconds,
          communicator.communicationSeconds - communication
        ))
    }
    let ownBytes = (communicator.bytesSent - bytes) / steps
    let auditSeconds = try auditSeconds(replica)
    if let traceFile {
      let trace = try StepTrace(replica) {
        _ = try replica.step(batches[0], learningRate: 1e-3)
      }
      if communicator.isRoot { try trace.write(to: traceFile) }
    }
    let allBytes = try communicator.gather([Double(ownBytes)]).reduce(0) { $0 + Int($1[0]) }
    let step = times.map(\.step).median
    let operations = Double(network.stepOperations * batch)
    return Result(
      network: architecture.name,
      density: network.density, batch: batch,
      worldSize: communicator.worldSize, imagesPerSecond: Double(batch) / step, stepSeconds: step,
      computeSeconds: times.map { $0.step - $0.communication }.median,
      communicationSeconds: times.map(\.communication).median, auditSeconds: auditSeconds,
      bytesSent: allBytes,
      keptFlops: network.forwardOperations.reduce(0, +),
      peakFraction: operations / step / Double(communicator.worldSize) / peak, peakPerCore: peak,
      kernelSet: network.kernels.name)
  }

  private func auditSeconds(_ replica: Replica) throws -> Double {
    try (0..<9).map { _ in
      let start = ContinuousClock.now
      try replica.audit(step: steps)
      return start.elapsedSeconds
    }.median
  }

  /// A step as runs take it.
  private func step(_ replica: Replica, _ batch: Batch) throws {
    _ = try replica.step(batch, learningRate: 1e-3)
    communicator.inspector.step += 1
    try communicator.requests.poll(after: replica.stepOperations)
  }
}

extension Network {
  /// The network `name` of its usual size with random connectivity at `density`.
  /// - Throws: `ConfigurationError` for an unknown network or a density out of range.
  static func random(
    _ name: String, density: Double, kernels: KernelSet, engine: Engine
  ) throws -> Network {
    try Recipe.require(density > 0 && density <= 1, "--density", density, "in (0, 1]")
    guard let known = KnownNetwork.named(name) else {
      throw ConfigurationError(place: "--network", reason: "unknown network \(name)")
    }
    let network = Network.unpruned(Graph(known.usual), seed: 0, kernels: kernels, engine: engine)
    return density == 1
      ? network : network.compacted(to: .random(network.layout, density: density))
  }
}

extension Mask {
  /// A mask that keeps each weight and bias with the probability `density`.
  static func random(_ layout: ConnectionLayout, density: Double) -> Mask {
    var mask = Mask(count: layout.count)
    let random = CounterRandom(seed: 0, purpose: .randomCriterion)
    for group in layout.groups where group.isCounted {
      for index in group.range { mask[index] = random.uniform(index) < density }
    }
    return mask
  }
}

extension [Double] {
  /// The middle one; of an even number the upper of the two.
  var median: Double { sorted()[count / 2] }
}
