import ONNX
import Networks
import Storage
import TestSupport
import Tensors
import Testing

@Suite struct ONNXModelTests {
  private static let kernels = KernelSet.available[0]

  private static func model(using random: inout SeededRandom) throws -> ONNXModel {
    let known = try #require(KnownNetwork.named("resnet20"))
    let network = RandomPruning.some.network(
      known.architecture(FeatureShape(channels: 3, height: 8, width: 8), classes: 3),
      kernels: kernels, using: &random)
    return ONNXWriter.model(
      of: InferenceGraph(network), normalisation: .imageNet, metadata: ["key": "value \u{E9}"])
  }

  @Test("What is written is read")
  func roundTrip() throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let model = try Self.model(using: &random)
    #expect(model.opset == 17 && model.irVersion <= 8)
    #expect(try ONNXModel(model.encoded, path: "model") == model)
  }

  @Test("Damaged files are damage, or other models, but end nothing")
  func damage() throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let bytes = try Self.model(using: &random).encoded
    for _ in 0..<300 {
      var damaged = bytes
      // Most of a file is numbers; what is around them is at its beginning.
      let place = Int.random(in: 0..<min(bytes.count, 4000), using: &random)
      damaged[place] = UInt8.random(in: 0...255, using: &random)
      if Bool.random(using: &random) {
        damaged.removeLast(Int.random(in: 0..<bytes.count, using: &random))
      }
      do {
        let model = try ONNXModel(damaged, path: "model")
        _ = try ONNXReader.graph(of: model, path: "model")
      } catch let error as FileError {
        #expect(error.exitCode == .badDataFile)
      }
    }
  }

  @Test("A node that is not understood is named")
  func misunderstood() throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    var model = try Self.model(using: &random)
    let index = try #require(model.nodes.firstIndex { $0.operation == "Conv" })
    model.nodes[index].operation = "Whatever"
    let name = model.nodes[index].name
    let error = try #require(throws: FileError.self) {
      try ONNXReader.graph(of: model, path: "model")
    }
    #expect("\(error)".contains("node \(name) (Whatever) is not understood"))
  }
}
