import Communication
import Networks
import Tensors
import TestSupport
import Testing

@Suite struct InferenceWorkspaceTests {
  private static let kernels = KernelSet.available[0]

  /// What is taken from a network before it is run.
  enum Pruning: String, CaseIterable {
    case none, some, most, units, nearlyAll
  }

  private static func mask(
    _ layout: ConnectionLayout, _ pruning: Pruning, using random: inout SeededRandom
  ) -> Mask {
    var mask = Mask(count: layout.count)
    let kept: Double =
      switch pruning {
      case .none: 1
      case .some: 0.7
      case .most: 0.2
      case .units: 0.9
      case .nearlyAll: 0.03
      }
    for connection in 0..<mask.count where Double.random(in: 0..<1, using: &random) >= kept {
      mask[connection] = false
    }
    guard pruning == .units else { return mask }
    // Units that keep their bias or batch norm alone are constants, others are dead.
    for group in layout.groups where group.inputs > 0 {
      for unit in 0..<group.units where Bool.random(using: &random) {
        for input in 0..<group.inputs { mask[group.index(unit: unit, input: input)] = false }
      }
    }
    return mask
  }

  private static func network(
    _ architecture: Architecture, _ pruning: Pruning, using random: inout SeededRandom
  ) -> Network {
    let graph = Graph(architecture)
    let full = Network.unpruned(
      graph, seed: Int.random(in: 0..<1000, using: &random), kernels: kernels)
    for index in 0..<full.parameters.count {
      full.parameters[index] += Float.random(in: -0.2...0.2, using: &random)
    }
    for index in 0..<full.statistics.count {
      full.statistics[index] = Float.random(in: 0.2...2, using: &random)
    }
    return full.compacted(to: mask(graph.layout, pruning, using: &random))
  }

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
    Pruning.allCases)
  func randomStacks(kind: RandomStack.Kind, pruning: Pruning) throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed("\(#function) \(kind) \(pruning)"))
    for _ in 0..<8 {
      let architecture = RandomStack.architecture(kind, using: &random)
      let network = Self.network(architecture, pruning, using: &random)
      let (expected, found, graph) = try Self.logits(of: network, images: 20, using: &random)
      Self.expectAlike(expected, found, "\(architecture)")
      #expect(2 * graph.multiplyAdds <= network.forwardOperations.reduce(0, +))
    }
  }

  @Test(
    "Logits of the networks that are known are those of evaluation",
    arguments: ["lenet300-100", "lenet5", "resnet20", "resnet50", "wide-resnet-16-4"],
    [Pruning.none, .most, .units])
  func knownNetworks(name: String, pruning: Pruning) throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed("\(#function) \(name) \(pruning)"))
    let known = try #require(KnownNetwork.named(name))
    let side = known.usualInput.channels == 1 ? 28 : 16
    let network = Self.network(
      known.architecture(
        FeatureShape(channels: known.usualInput.channels, height: side, width: side), classes: 10),
      pruning, using: &random)
    let (expected, found, _) = try Self.logits(of: network, images: 2, using: &random)
    Self.expectAlike(expected, found, name)
  }
}
