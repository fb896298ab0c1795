import Exports
import Foundation
import Models
import Networks
import ONNX
import Outcomes
import TestSupport
import Tensors
import Testing

@Suite struct ProofTests {
  private static let kernels = KernelSet.available[0]

  private static func model(
    _ name: String, _ pruning: RandomPruning, using random: inout SeededRandom
  ) throws -> Model {
    let known = try #require(KnownNetwork.named(name))
    let side = known.usualInput.channels == 1 ? 28 : 16
    let shape = FeatureShape(channels: known.usualInput.channels, height: side, width: side)
    let network = pruning.network(
      known.architecture(shape, classes: 10), kernels: kernels, using: &random)
    var description = ModelDescription(network: name, input: shape, classes: 10)
    if shape.channels == 3 { description.normalisation = .imageNet }
    let file = PlainTensors.file(of: network, metadata: try description.metadata)
    return Model(network, like: try Model(file, path: name, kernels: kernels))
  }

  @Test(
    "Every form holds the network, whatever is pruned",
    arguments: ["lenet300-100", "lenet5", "resnet20", "wide-resnet-16-4"],
    [RandomPruning.none, .most, .units])
  func everyForm(name: String, pruning: RandomPruning) throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed("\(#function) \(name) \(pruning)"))
    let model = try Self.model(name, pruning, using: &random)
    let proof = Proof(model, on: nil)
    for format in ExportFormat.allCases {
      for keepsShapes in format == .onnx ? [false, true] : [false] {
        let bytes = try format.encoded(model, keepsShapes: keepsShapes)
        let distance = try proof.require(bytes, format, path: name)
        #expect(distance <= 1e-5, "\(format)")
      }
    }
  }

  @Test("A file of another network is refused", arguments: ExportFormat.allCases)
  func otherNetwork(format: ExportFormat) throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let model = try Self.model("lenet5", .some, using: &random)
    let other = try Self.model("lenet5", .some, using: &random)
    let bytes = try format.encoded(other)
    let error = #expect(throws: ProofError.self) {
      try Proof(model, on: nil).require(bytes, format, path: "other")
    }
    #expect(error?.exitCode == .internalError)
  }
}
