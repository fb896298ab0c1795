import Communication
import Networks
import Tensors
import TestSupport
import Testing

@Suite struct NetworkTests {
  private static let leNet = Architecture.leNet300(
    FeatureShape(channels: 1, height: 28, width: 28), 10)
  private static let small = Architecture(
    name: "small", input: FeatureShape(channels: 4), classes: 2,
    layers: [.dense("hidden", neurons: 3), .rectifier, .dense("classes", neurons: 2)])
  private static let kernels = KernelSet.available[0]

  private static func randomMask(_ mask: Mask, using random: inout SeededRandom) -> Mask {
    var result = mask
    for index in mask.keptIndices { result[index] = Bool.random(using: &random) }
    return result
  }

  @Test("buffers hold exactly the survivors", arguments: Engine.allCases)
  func bufferSizes(engine: Engine) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let mask = Self.randomMask(Mask(count: 23), using: &random)
    let network = Network(Self.small, mask: mask, kernels: Self.kernels, engine: engine)
    #expect(network.parameters.count == mask.keptCount)
    #expect((0..<2).reduce(0) { $0 + network.connectivity($1).kept } == mask.keptCount)
    let workspace = Workspace(network, blocks: 3, partials: 2)
    #expect(workspace.gradients.count == mask.keptCount)
    #expect(workspace.gradients.buffer.count == 2 * workspace.gradients.stride)
    #expect(workspace.gradients.stride - mask.keptCount < LaneBlocks.lanes)
  }

  @Test("the parameters of the groups follow each other and fill the buffer")
  func layerRanges() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let mask = Self.randomMask(Mask(count: 23), using: &random)
    let network = Network(Self.small, mask: mask, kernels: Self.kernels)
    let ranges = network.parameterRanges
    #expect(ranges.map(\.count) == [mask.keptCount(in: 0..<15), mask.keptCount(in: 15..<23)])
    #expect(ranges.flatMap { $0 } == Array(0..<mask.keptCount))
  }

  @Test("a workspace that does not train has no room for gradients")
  func forwardOnly() {
    let network = Network(Self.small, mask: Mask(count: 23), kernels: Self.kernels)
    let workspace = Workspace(network, blocks: 3, partials: 2, trains: false)
    #expect(workspace.gradients.count == 0 && workspace.gradients.buffer.count == 0)
    #expect(workspace.logitsGradient == nil)
    #expect(network.graph.observations.map(\.shape.count) == [4, 3])
  }

  @Test("compaction keeps the survivors' values, and gives up the rest")
  func compaction() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<20 {
      let mask = Self.randomMask(Mask(count: 23), using: &random)
      let smaller = Self.randomMask(mask, using: &random)
      let parameters = FloatBuffer(mask.keptIndices.map { Float($0) + 1 })
      let network = Network(Self.small, mask: mask, parameters: parameters, kernels: Self.kernels)
      let compacted = network.compacted(to: smaller)
      #expect(compacted.mask == smaller)
      #expect(compacted.parameters.elements == smaller.keptIndices.map { Float($0) + 1 })
      #expect(compacted.fullParameters == (0..<23).map { smaller[$0] ? Float($0) + 1 : 0 })
      #expect(network.fullParameters == (0..<23).map { mask[$0] ? Float($0) + 1 : 0 })
    }
  }

  @Test("a mask that revives a connection stops the program")
  func revival() async {
    await #expect(processExitsWith: .failure) {
      let network = Network(
        NetworkTests.small, mask: Mask(count: 23, kept: false), kernels: NetworkTests.kernels)
      _ = network.compacted(to: Mask(count: 23))
    }
  }

  @Test("a dense layer that would read halos stops the program", arguments: Engine.allCases)
  func denseBehindHalo(engine: Engine) async {
    // The gradient of a 3×3 convolution without padding needs zeros around it.
    await #expect(processExitsWith: .failure) { [name = engine.rawValue as String] in
      let architecture = Architecture(
        name: "halo", input: FeatureShape(channels: 1, height: 4, width: 4), classes: 2,
        layers: [.convolution("maps", filters: 2, kernel: 3), .dense("classes", neurons: 2)])
      let network = Network(
        architecture, mask: Mask(count: ConnectionLayout(architecture).count),
        kernels: NetworkTests.kernels, engine: try #require(Engine(rawValue: name)))
      _ = try Workspace(network, blocks: 1, partials: 1).forward(
        BlockShare(images: 1, rank: 0, worldSize: 1), mode: .training, sums: SingleProcess())
    }
  }

  @Test("a residual block that begins with what cannot add its gradient stops the program")
  func blockBegins() async {
    await #expect(processExitsWith: .failure) {
      _ = ConnectionLayout(
        Architecture(
          name: "block", input: FeatureShape(channels: 2, height: 4, width: 4), classes: 2,
          layers: [.residual("block", body: [.rectifier], shortcut: .identity)]))
    }
  }

  @Test("LeNet-300-100 has 266,610 connections and 532,400 operations a forward pass")
  func leNet() {
    let network = Network(Self.leNet, mask: Mask(count: 266_610), kernels: Self.kernels)
    #expect(network.parameters.count == 266_610)
    #expect(network.forwardOperations == [470_400, 60_000, 2_000])
    #expect(
      KnownNetwork.named("lenet300-100")?.architecture(Self.leNet.input, classes: 10) == Self.leNet)
  }

  @Test("operations count two a surviving weight and none a bias")
  func forwardOperations() {
    var mask = Mask(count: 23, kept: false)
    #expect(Network(Self.small, mask: mask, kernels: Self.kernels).forwardOperations == [0, 0])
    // A weight and the bias of the first neuron, then the bias of the last neuron.
    for index in [2, 4, 22] { mask[index] = true }
    #expect(Network(Self.small, mask: mask, kernels: Self.kernels).forwardOperations == [2, 0])
  }

  @Test("initial weights are Kaiming-normal and biases uniform within one over the root of fan-in")
  func initialParameters() {
    let parameters = Network.initialParameters(Self.leNet, seed: 5)
    for group in ConnectionLayout(Self.leNet).groups {
      let fanIn = Double(group.inputs)
      let weights = (0..<group.units).flatMap { unit in
        (0..<group.inputs).map { Double(parameters[group.index(unit: unit, input: $0)]) }
      }
      let mean = weights.reduce(0, +) / Double(weights.count)
      let variance = weights.reduce(0) { $0 + $1 * $1 } / Double(weights.count)
      let spread = (2 / fanIn / Double(weights.count)).squareRoot()
      #expect(abs(mean) < 4 * spread, "\(group.name)")
      let relativeError = 4 * (2 / Double(weights.count)).squareRoot()
      #expect(abs(variance * fanIn / 2 - 1) < relativeError, "\(group.name)")

      let biases = (0..<group.units).map {
        Double(parameters[group.index(unit: $0, input: group.inputs)]) * fanIn.squareRoot()
      }
      #expect(biases.allSatisfy { abs($0) <= 1 }, "\(group.name)")
      #expect(biases.contains { $0 < -0.6 } && biases.contains { $0 > 0.6 }, "\(group.name)")
    }
  }

  @Test("initial parameters are a function of the seed")
  func seeds() {
    let first = Network.initialParameters(Self.small, seed: 1).elements
    let second = Network.initialParameters(Self.small, seed: 2).elements
    #expect(Network.initialParameters(Self.small, seed: 1).elements == first)
    #expect(zip(first, second).allSatisfy { $0 != $1 })
    #expect(Set(first).count == first.count)
  }
}
