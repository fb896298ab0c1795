import Communication
import Datasets
import Networks
import Optimizers
import Pruning
import Tensors
import TestSupport
import Testing
import Training

@Suite struct ReplicaTests {
  private static let images = ImageSet.synthetic(
    count: 130, shape: FeatureShape(channels: 1, height: 28, width: 28), classes: 10)

  private func replica(
    _ kind: KnownOptimizer, density: Double, engine: Engine = .lane
  ) -> Replica {
    let architecture = Architecture.leNet300(FeatureShape(channels: 1, height: 28, width: 28), 10)
    let full = Network.initialParameters(architecture, seed: 3)
    var mask = Mask(count: full.count)
    var random = SeededRandom(seed: 5)
    for index in 0..<mask.count where Double.random(in: 0..<1, using: &random) >= density {
      mask[index] = false
    }
    let network = Network(
      architecture, mask: Mask(count: full.count), parameters: full,
      kernels: KernelSet.available[0], engine: engine
    ).compacted(to: mask)
    return Replica(
      network, batch: 50,
      optimizer: OptimizerSettings(kind: kind, weightDecay: 5e-4, momentum: 0.9),
      communicator: SingleProcess())
  }

  @Test(
    "Pruned connections have no storage, and none revives in 500 steps",
    arguments: KnownOptimizer.all)
  func noRevival(_ kind: KnownOptimizer) throws {
    let replica = replica(kind, density: 0.02)
    let kept = replica.network.mask.keptCount
    #expect(replica.network.parameters.count == kept)
    #expect(replica.workspace.gradients.count == kept)
    #expect(replica.optimizer.state.map(\.count) == kind.stateNames.map { _ in kept })

    let images = Self.images
    let batches = Subset(images, order: Array(0..<130)).batches(of: 50)
    let before = replica.network.fullParameters
    for step in 0..<500 { _ = try replica.step(batches[step % 3], learningRate: 1e-3) }
    let after = replica.network.fullParameters
    for index in after.indices where !replica.network.mask[index] { #expect(after[index] == 0) }
    #expect(before != after)
    #expect(replica.network.parameters.count == kept)
  }

  @Test("OpenBLAS trains to the same weights within rounding")
  func openBLAS() throws {
    let lane = replica(.sgd, density: 0.3)
    let classical = replica(.sgd, density: 0.3, engine: .openblas)
    let images = Self.images
    for batch in Subset(images, order: Array(0..<130)).batches(of: 50) {
      _ = try lane.step(batch, learningRate: 0.01)
      _ = try classical.step(batch, learningRate: 0.01)
    }
    for index in 0..<lane.network.parameters.count {
      #expect(abs(lane.network.parameters[index] - classical.network.parameters[index]) < 1e-4)
    }
  }

  @Test("Evaluation counts every image once, whatever fills a lane block")
  func evaluate() throws {
    let replica = replica(.adam, density: 0.5)
    let images = Self.images
    let whole = try replica.evaluate(Subset(images, order: Array(0..<130)))
    let parts = try [0..<7, 7..<60, 60..<130].map {
      try replica.evaluate(Subset(images, order: Array($0)))
    }
    #expect(whole.images == 130)
    let hits = parts.reduce(0) { $0 + $1.accuracy * Double($1.images) }
    #expect(abs(whole.accuracy * 130 - hits) < 1e-9)
    let loss = parts.reduce(0) { $0 + $1.loss * Double($1.images) } / 130
    #expect(abs(whole.loss - loss) < 1e-5)
  }

  @Test("Sensitivities that are no numbers are told, and no mask is made of them")
  func notFinite() throws {
    let replica = replica(.sgd, density: 1)
    let subset = Subset(Self.images, order: Array(0..<40))
    let rule = PruningRule(
      criterion: TaylorCriterion(), alphaConvolution: 0.9, alphaDense: 0.9)
    #expect(try replica.observe(subset, for: rule, .denseLayers).sensitivities != nil)
    replica.network.parameters[0] = .nan
    #expect(throws: NotFiniteError.self) {
      try replica.observe(subset, for: rule, .denseLayers)
    }
  }
}
