import Communication
import Datasets
import Networks
import Optimizers
import Tensors
import TestSupport
import Testing
import Training

/// What is computed here beside what PyTorch computes, as the oracle's tolerances allow.
@Suite struct PyTorchTests {
  private static let names = [
    "sgd", "sgd without momentum", "nesterov", "adam", "adamw", "smoothing", "clipping",
    "clipping with adamw", "cosine",
  ]

  @Test("All that was written is compared")
  func coverage() throws {
    let values = try PyTorchValues.read()
    #expect(Set(values.steps.keys) == Set(Self.names))
    #expect(Set(values.networks.keys) == Set(Self.networks))
  }

  @Test("Losses, rates and parameters of five steps are PyTorch's", arguments: names)
  func steps(_ name: String) throws {
    let expected = try #require(try PyTorchValues.read().steps[name])
    let settings = expected.settings
    let (shape, classes) = (FeatureShape(channels: 12), 4)
    let architecture = Architecture(
      name: "small", input: shape, classes: classes,
      layers: [.dense("first", neurons: 9), .rectifier, .dense("second", neurons: classes)])
    let replica = Replica(
      DrawnNumbers.network(architecture, kernels: KernelSet.available[0]), batch: 20,
      optimizer: OptimizerSettings(
        kind: try #require(KnownOptimizer.named(settings.optimizer)),
        weightDecay: settings.weightDecay, momentum: settings.momentum ?? 0,
        usesNesterov: settings.nesterov ?? false),
      labelSmoothing: settings.smoothing ?? 0, clipNorm: settings.clipNorm ?? 0,
      communicator: SingleProcess())
    // Two steps an epoch, none of warm-up.
    let schedule = Schedule(
      learningRate: settings.lr,
      decay: settings.cosineSteps.map { .cosine(epochs: $0 / 2) }
        ?? .multistep(milestones: [], gamma: 1), warmupEpochs: 0, stepsPerEpoch: 2)
    let images = DrawnNumbers.images(20, shape, classes: classes)
    let batch = try #require(Subset(images, order: Array(0..<20)).batches(of: 20).first)
    try #require(expected.losses.count == 5)
    for (step, loss) in expected.losses.enumerated() {
      let rate = schedule.rate(epoch: step / 2, step: step % 2)
      #expect(abs(rate - expected.rates[step]) <= 1e-8, "rate of step \(step)")
      var sums = try replica.step(batch, learningRate: rate)
      try replica.communicator.addUp(&sums)
      #expect(abs(sums.total[0] / 20 - loss) <= 1e-5 * loss, "loss of step \(step)")
    }
    if let limit = settings.clipNorm { #expect(expected.norms.allSatisfy { $0 > limit }) }
    for tensor in replica.network.layout.tensors {
      let after = try #require(expected.after[tensor.name])
      let largest = after.map(abs).max() ?? 0
      for (place, value) in zip(tensor.places(), after) {
        let parameter = Double(replica.network.parameters[place.parameter])
        #expect(abs(parameter - value) <= 1e-5 * largest, "\(tensor.name)")
      }
    }
  }

  private static let networks = ["wide-resnet-16-4", "resnet50"]

  @Test("Logits and gradients of large networks are PyTorch's", arguments: networks)
  func pass(_ name: String) throws {
    let expected = try #require(try PyTorchValues.read().networks[name])
    let shape = FeatureShape(channels: 3, height: 32, width: 32)
    let classes = expected.logits.count / 2
    let architecture = try #require(KnownNetwork.named(name)).architecture(shape, classes: classes)
    let network = DrawnNumbers.network(architecture, kernels: KernelSet.available[0])
    let replica = Replica(
      network, batch: expected.images,
      optimizer: OptimizerSettings(kind: .sgd, weightDecay: 0, momentum: 0),
      communicator: SingleProcess())
    let images = DrawnNumbers.images(expected.images, shape, classes: classes)
    let subset = Subset(images, order: Array(0..<expected.images))
    _ = try replica.evaluate(subset)
    compare(replica, expected.evaluated, "evaluation")
    _ = try replica.step(
      try #require(subset.batches(of: expected.images).first), learningRate: 0)
    compare(replica, expected.logits, "training")
    // Rectifiers within rounding of 0 go one way or the other, in PyTorch's single precision, too:
    // three times the largest share of a gradient by which that is off.
    let deviations = expected.gradients.values.map { $0.float32_deviation / $0.norm }
    let tolerance = 3 * (deviations.max() ?? 0)
    #expect(tolerance < 0.06)
    for tensor in network.layout.tensors {
      let gradient = try #require(expected.gradients[tensor.name], "\(tensor.name)")
      let direction = DrawnNumbers("\(tensor.name) direction")
      var (product, square) = (0.0, 0.0)
      for (element, place) in tensor.places().enumerated() {
        let number = Double(replica.workspace.gradients.buffer[place.parameter])
        product += number * (2 * direction[element] - 1)
        square += number * number
      }
      let bound = tolerance * gradient.norm
      #expect(abs(square.squareRoot() - gradient.norm) <= bound, "\(tensor.name)")
      #expect(abs(product - gradient.product) <= bound, "\(tensor.name)")
    }
  }

  /// Logits of the first two images, to 1e-4 of the largest.
  private func compare(_ replica: Replica, _ expected: [Double], _ pass: String) {
    let classes = expected.count / 2
    let largest = expected.map(abs).max() ?? 0
    for (index, value) in expected.enumerated() {
      let logit = replica.workspace.logits[0, index % classes, index / classes]
      #expect(abs(Double(logit) - value) <= 1e-4 * largest, "\(pass), logit \(index)")
    }
  }
}
