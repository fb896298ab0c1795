import Communication
import Foundation
import Optimizers
import Tensors
import Testing
import Training

extension OracleTests {
  /// Settings as PyTorch's optimizers call them.
  private struct Settings: Decodable {
    let lr: Double
    let weight_decay: Double
    let momentum: Double?
  }

  @Test(
    "Loss, logits, gradients and five steps are PyTorch's", arguments: OracleFile.all("training"))
  func training(_ file: OracleFile) throws {
    let oracle = try file.open()
    let replica = try replica(oracle)
    let settings = try settings(oracle)
    let batch = try #require(oracle.selection().batches(of: 1024).first)
    let losses = try JSONDecoder().decode(
      [Double].self, from: Data((oracle.file.metadata["losses"] ?? "").utf8))

    try #require(losses.count == 5)
    for (step, expected) in losses.enumerated() {
      var sums = try replica.step(batch, learningRate: settings.lr)
      try replica.communicator.addUp(&sums)
      let loss = sums.total[0] / Double(batch.order.count)
      let tolerance = step < 2 ? 1e-4 : oracle.laterTolerance(1e-4)
      #expect(abs(loss - expected) <= tolerance * expected, "loss of step \(step)")
      if step == 0 {
        try compareLogits(replica, oracle)
        try compare(gradient(replica), oracle, "grad.", tolerance: 1e-3)
      }
    }
    try compare(
      replica.network.parameters, oracle, "after.", tolerance: oracle.laterTolerance(1e-3))
  }

  private func settings(_ oracle: OracleContent) throws -> Settings {
    try JSONDecoder().decode(
      Settings.self, from: Data((oracle.file.metadata["settings"] ?? "").utf8))
  }

  private func replica(_ oracle: OracleContent) throws -> Replica {
    let settings = try settings(oracle)
    let kind = try #require(
      KnownOptimizer.named(oracle.file.metadata["optimizer"] ?? ""))
    let network = try oracle.network("weights.")
    return Replica(
      network, batch: try oracle.selection().count,
      optimizer: OptimizerSettings(
        kind: kind, weightDecay: settings.weight_decay, momentum: settings.momentum ?? 0),
      communicator: SingleProcess())
  }

  private func gradient(_ replica: Replica) -> FloatBuffer {
    let gradients = replica.workspace.gradients
    return FloatBuffer((0..<gradients.count).map { gradients.buffer[$0] })
  }

  /// Logits of the step's forward pass, `[image][class]`, to 1e-3 of the largest.
  private func compareLogits(_ replica: Replica, _ oracle: OracleContent) throws {
    let expected = try oracle.floats("logits")
    let largest = expected.map(abs).max() ?? 0
    let classes = oracle.architecture.classes
    for (index, value) in expected.enumerated() {
      let (image, feature) = (index / classes, index % classes)
      let logit = replica.workspace.logits[
        image / LaneBlocks.lanes, feature, image % LaneBlocks.lanes]
      #expect(abs(logit - value) <= 1e-3 * largest, "logit \(feature) of image \(image)")
    }
  }

  /// Every layer to `tolerance` of its largest magnitude, weight and bias together.
  private func compare(
    _ actual: FloatBuffer, _ oracle: OracleContent, _ prefix: String, tolerance: Double
  ) throws {
    let expected = try oracle.parameters(prefix)
    for group in oracle.layout.groups where group.kind != .shortcut {
      let places = (0..<group.units).flatMap { unit in
        (0..<group.connectionsPerUnit).flatMap { group.parameterRange(unit: unit, input: $0) }
      }
      let largest = places.map { abs(expected[$0]) }.max() ?? 0
      let worst = places.map { abs(actual[$0] - expected[$0]) }.max() ?? 0
      // A NaN need not be the largest.
      let isFinite = places.allSatisfy { actual[$0].isFinite }
      #expect(
        isFinite && Double(worst) <= tolerance * Double(largest),
        "\(prefix)\(group.name): \(worst) of \(largest)")
    }
  }
}
