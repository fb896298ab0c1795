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

  /// Settings and constants that no such node can have.
  enum Nonsense: String, CaseIterable {
    case fewBiases, noFilters, hugePads, hugeStrides, negativePads, hugePool, fewScales, noWeights
  }

  @Test("Nodes that make no sense are damage", arguments: Nonsense.allCases)
  func nonsense(kind: Nonsense) throws {
    var model = ONNXModel()
    model.input.shape = [nil, 1, 4, 4]
    func floats(_ shape: [Int]) -> ONNXModel.Tensor {
      let count = shape.reduce(1, *)
      return ONNXModel.Tensor(shape: shape, elements: .floats([Float](repeating: 1, count: count)))
    }
    var weights = [2, 1, 3, 3]
    if kind == .noFilters { weights = [0, 1, 3, 3] }
    if kind == .noWeights { weights = [] }
    model.constants = ["w": floats(weights), "b": floats([kind == .fewBiases ? 1 : 2])]
    var attributes: [String: ONNXModel.Attribute] = [:]
    if kind == .hugePads { attributes["pads"] = .integers([Int](repeating: .max, count: 4)) }
    if kind == .negativePads { attributes["pads"] = .integers([Int](repeating: -1, count: 4)) }
    if kind == .hugeStrides { attributes["strides"] = .integers([.max, .max]) }
    model.nodes = [
      ONNXModel.Node(
        name: "c", operation: "Conv", inputs: ["input", "w", "b"], outputs: ["x"],
        attributes: attributes)
    ]
    if kind == .hugePool {
      model.nodes.append(
        ONNXModel.Node(
          name: "p", operation: "MaxPool", inputs: ["x"], outputs: ["y"],
          attributes: ["kernel_shape": .integers([9, 9]), "strides": .integers([9, 9])]))
    }
    if kind == .fewScales {
      model.constants["s"] = floats([1])
      model.nodes.append(
        ONNXModel.Node(
          name: "n", operation: "BatchNormalization", inputs: ["x", "s", "s", "s", "s"],
          outputs: ["y"], attributes: ["epsilon": .float(0)]))
    }
    let error = #expect(throws: FileError.self) {
      try ONNXReader.graph(of: model, path: "model")
    }
    #expect("\(error.map { "\($0)" } ?? "")".contains("node"))
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
