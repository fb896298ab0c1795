import Communication
import Networks
import Tensors
import TestSupport
import Testing

@Suite struct InferenceWorkspaceTests {
  private static let kernels = KernelSet.available[0]

  /// The logits of random images by both ways, image by image.
  private static func logits(
    of network: Network, images: Int, using random: inout SeededRandom
  ) throws -> (expected: [Float], found: [Float], graph: InferenceGraph) {
    let blocks = LaneBlocks.count(forImages: images)
    let share = BlockShare(images: images, rank: 0, worldSize: 1)
    let workspace = Workspace(network, blocks: blocks, partials: 0, trains: false)
    let inference = InferenceWorkspace(network, blocks: blocks)
    let shape = network.architecture.input
    for image in 0..<images {
      let (block, lane) = (image / LaneBlocks.lanes, image % LaneBlocks.lanes)
      for channel in 0..<shape.channels {
        for row in 0..<shape.height {
          for column in 0..<shape.width {
            let pixel = Float.random(in: -1...1, using: &random)
            workspace.input[block, channel, row, column, lane] = pixel
            inference.input[block, channel, row, column, lane] = pixel
          }
        }
      }
    }
    let expected = try workspace.forward(share, mode: .evaluation, sums: SingleProcess())
    let found = inference.forward(blocks: blocks)
    func values(_ logits: LaneBlocks) -> [Float] {
      (0..<images).flatMap { image in
        (0..<logits.shape.count).map {
          logits[image / LaneBlocks.lanes, $0, image % LaneBlocks.lanes]
        }
      }
    }
    return (values(expected), values(found), inference.graph)
  }

  private static func expectAlike(_ expected: [Float], _ found: [Float], _ words: String) {
    let largest = expected.reduce(1e-3) { max($0, abs($1)) }
    let worst = zip(expected, found).map { abs($0 - $1) }.max() ?? 0
    #expect(
      found.allSatisfy(\.isFinite) && worst <= 1e-5 * largest,
      "\(words): \(worst) off where the largest is \(largest)")
  }

  @Test(
    "Logits are those of evaluation, whatever is pruned", arguments: RandomStack.Kind.allCases,
    RandomPruning.allCases)
  func randomStacks(kind: RandomStack.Kind, pruning: RandomPruning) throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed("\(#function) \(kind) \(pruning)"))
    for _ in 0..<8 {
      let architecture = RandomStack.architecture(kind, using: &random)
      let network = pruning.network(architecture, kernels: Self.kernels, using: &random)
      let (expected, found, graph) = try Self.logits(of: network, images: 20, using: &random)
      Self.expectAlike(expected, found, "\(architecture)")
      #expect(2 * graph.multiplyAdds <= network.forwardOperations.reduce(0, +))
    }
  }

  /// The convolution goes block by block, the dense layer over the share: what lies between them is
  /// kept for every block, though the activation could work in place.
  @Test("A network three times as deep takes no more memory for its maps")
  func mapsAliveAtOnce() throws {
    let bytes = try ["resnet20", "resnet56"].map { name in
      let known = try #require(KnownNetwork.named(name))
      let network = Network.unpruned(Graph(known.usual), seed: 0, kernels: Self.kernels)
      return InferenceWorkspace(network, blocks: 2).mapBytes
    }
    #expect(bytes[0] == bytes[1])
    // Of one block: the image with its halo, and the three widest maps that a residual block has
    // at once.
    let maps = (3 + 3 * 16) * 34 * 34 * LaneBlocks.lanes * MemoryLayout<Float>.stride
    #expect(bytes[0] < 4 * maps, "\(bytes[0]) bytes where one block has \(maps)")
  }

  @Test("An activation between two sections keeps every block")
  func activationBetweenSections() throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    let architecture = Architecture(
      name: "leaky", input: FeatureShape(channels: 2, height: 3, width: 3), classes: 3,
      layers: [
        .convolution("a", filters: 4, kernel: 1), .leakyRectifier(0.1),
        .dense("b", neurons: 3),
      ])
    let network = RandomPruning.none.network(architecture, kernels: Self.kernels, using: &random)
    let (expected, found, _) = try Self.logits(of: network, images: 40, using: &random)
    Self.expectAlike(expected, found, "leaky")
  }

  @Test(
    "Logits of the networks that are known are those of evaluation",
    arguments: ["lenet300-100", "lenet5", "resnet20", "resnet50", "wide-resnet-16-4"],
    [RandomPruning.none, .most, .units])
  func knownNetworks(name: String, pruning: RandomPruning) throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed("\(#function) \(name) \(pruning)"))
    let known = try #require(KnownNetwork.named(name))
    let side = known.usualInput.channels == 1 ? 28 : 16
    let network = pruning.network(
      known.architecture(
        FeatureShape(channels: known.usualInput.channels, height: side, width: side), classes: 10),
      kernels: Self.kernels, using: &random)
    let (expected, found, _) = try Self.logits(of: network, images: 2, using: &random)
    Self.expectAlike(expected, found, name)
  }
}
