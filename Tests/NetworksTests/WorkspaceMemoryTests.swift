import Networks
import Tensors
import Testing

@Suite struct WorkspaceMemoryTests {
  private static func memory(_ layers: [Layer], blocks: Int, partials: Int)
    -> WorkspaceMemory
  {
    let architecture = Architecture(
      name: "small", input: FeatureShape(channels: 4), classes: 2, layers: layers)
    let mask = Mask(count: Graph(architecture).layout.count)
    return WorkspaceMemory(
      Network(architecture, mask: mask, kernels: KernelSet.available[0]), blocks: blocks,
      partials: partials)
  }

  /// Maps of 4, 3 and 2 features and a row of ones, gradients of the last two; 23 connections.
  @Test("dense layers", arguments: [1, 3])
  func dense(blocks: Int) {
    let memory = Self.memory(
      [.dense("hidden", neurons: 3), .rectifier, .dense("classes", neurons: 2)], blocks: blocks,
      partials: 2)
    #expect(memory.maps == blocks * (5 + 4 + 3 + 4 + 3) * 16 * 4)
    #expect(memory.gradients == 2 * 23 * 4)
    #expect(memory.lists == 3 * 23 * 4)
  }

  /// Transformed inputs and gradients of 64 channels × 4 tiles, sums and taps of 64 × 64 kernels;
  /// one vector more a point.
  @Test func minimalFilteringHasScratch() {
    let architecture = Architecture(
      name: "small", input: FeatureShape(channels: 32, height: 8, width: 8), classes: 2,
      layers: [.convolution("convolution", filters: 32, kernel: 3, padding: 1)])
    let network = Network(
      architecture, mask: Mask(count: Graph(architecture).layout.count),
      kernels: KernelSet.available[0])
    let memory = WorkspaceMemory(network, blocks: 1, partials: 1)
    #expect(memory.scratch == (3 * 16 * (64 * 4 + 1) * 16 + 64 * 64 * 9) * 4)
    #expect(Self.memory([.dense("classes", neurons: 2)], blocks: 1, partials: 1).scratch == 0)
  }

  @Test func dropoutHasFactors() {
    let layers: [Layer] = [.dropout(0.5), .dense("classes", neurons: 2)]
    let (with, without) = (
      Self.memory(layers, blocks: 2, partials: 1),
      Self.memory([layers[1]], blocks: 2, partials: 1)
    )
    #expect(with.maps - without.maps == 2 * 4 * 16 * 4)
  }

  /// What comes in lies beside what comes out, its gradient as well, or is replaced.
  @Test("an activation keeps its input where its output does not tell the derivative")
  func activations() {
    func maps(_ activation: Layer) -> Int {
      Self.memory(
        [.dense("hidden", neurons: 3), activation, .dense("classes", neurons: 2)], blocks: 2,
        partials: 1
      ).maps
    }
    #expect(maps(.leakyRectifier(0.1)) == maps(.rectifier))
    #expect(maps(.gelu) == maps(.rectifier) + 2 * 2 * (3 + 1) * 16 * 4)
    #expect(maps(.silu) == maps(.gelu))
  }

  /// Inputs of three convolutions and a dense layer; body and shortcut of one block.
  @Test func activitiesAreThoseThatPruningObserves() {
    let convolution = Layer.convolution(
      "a", filters: 4, kernel: 3, padding: 1, bias: false)
    let body: [Layer] = [
      .convolution("b", filters: 4, kernel: 3, stride: 2, padding: 1, bias: false),
      .batchNorm("c"), .rectifier,
      .convolution("d", filters: 4, kernel: 3, padding: 1, bias: false), .batchNorm("e"),
    ]
    let architecture = Architecture(
      name: "small", input: FeatureShape(channels: 3, height: 8, width: 8), classes: 2,
      layers: [
        convolution, .batchNorm("f"), .rectifier,
        .residual("g", body: body, shortcut: .padded(channels: 4, stride: 2)), .rectifier,
        .globalAveragePool, .dense("classes", neurons: 2),
      ])
    let inputs = 3 * 64 + 4 * 64 + 4 * 16 + 4
    #expect(Graph(architecture).observedCount == inputs + 4 * 16 + 4 * 64)
  }

  /// Most of what a deep network takes are its maps, so it is about in proportion to the blocks.
  @Test("memory grows with blocks", arguments: ["resnet20", "vgg-like"])
  func grows(name: String) throws {
    let architecture = try #require(KnownNetwork.named(name)).usual
    let network = Network(
      architecture, mask: Mask(count: Graph(architecture).layout.count),
      kernels: KernelSet.available[0])
    let maps = [2, 3, 5].map { WorkspaceMemory(network, blocks: $0, partials: 1).maps }
    #expect(maps[0] < maps[1] && 2 * maps[1] <= 3 * maps[0])
    // What only one block takes at a time is there once.
    #expect(maps[2] - maps[1] == 2 * (maps[1] - maps[0]))
  }
}
