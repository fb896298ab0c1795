import Networks
import Tensors
import Testing

/// What nothing reads goes, from the output to the input, with α = 1, by which nothing else goes.
@Suite struct CleanUpTests {
  private func ones(_ units: Int, _ weights: Int) -> [[Float]] {
    [[Float]](repeating: [Float](repeating: 1, count: weights), count: units)
  }

  @Test("A neuron that nothing reads goes with its bias, and then what it alone had read")
  func neurons() throws {
    var network = HandworkedNetwork(
      FeatureShape(channels: 2),
      [
        .dense("first", neurons: 3), .rectifier, .dense("second", neurons: 2), .rectifier,
        .dense("classes", neurons: 1),
      ])
    network.images = [[1, 1]]
    network.set("first", ones(3, 3))
    network.set("second", ones(2, 4))
    network.set("classes", ones(1, 3))
    network["second"] = [[1, 1, 0, 1], [1, 1, 1, 1]]
    network["classes"] = [[1, 0, 1]]
    let clean = try network.pruned(.denseLayers)
    #expect(clean["classes"] == [[1, 0, 1]])
    #expect(clean["second"] == [[1, 1, 0, 1], [0, 0, 0, 0]])
    #expect(clean["first"] == [[1, 1, 1], [1, 1, 1], [0, 0, 0]])
  }

  @Test("A filter is read where one of its positions is; it goes with bias and batch norm")
  func filters() throws {
    var network = HandworkedNetwork(
      FeatureShape(channels: 1, height: 1, width: 2),
      [
        .convolution("first", filters: 2, kernel: 1), .batchNorm("first.norm"), .rectifier,
        .convolution("second", filters: 2, kernel: 1), .batchNorm("second.norm"), .rectifier,
        .dense("classes", neurons: 1),
      ])
    network.images = [[1, 2]]
    network.set("first", ones(2, 2))
    network.set("second", ones(2, 3))
    network.set("classes", ones(1, 5))
    network["second"] = [[1, 1, 1], [1, 0, 1]]
    // Two positions of the first filter, two of the second, and the bias.
    network["classes"] = [[0, 0, 0, 1, 1]]
    let clean = try network.pruned(.denseLayers)
    #expect(clean["second"] == [[0, 0, 0], [1, 0, 1]])
    #expect(clean["second.norm"] == [[0], [1]])
    #expect(clean["first"] == [[1, 1], [0, 0]])
    #expect(clean["first.norm"] == [[1], [0]])
  }

  /// A residual block behind a convolution.
  private func network(
    filters: Int, stride: Int, _ shortcut: Residual.Shortcut
  ) -> HandworkedNetwork {
    var network = HandworkedNetwork(
      FeatureShape(channels: 1, height: 2, width: 2), scoreNorm: .euclidean,
      [
        .convolution("stem", filters: 2, kernel: 1, bias: false), .batchNorm("stem.norm"),
        .rectifier,
        .residual(
          "block",
          body: [
            .convolution("body", filters: filters, kernel: 1, stride: stride, bias: false),
            .batchNorm("norm"),
          ], shortcut: shortcut), .rectifier,
        .globalAveragePool, .dense("classes", neurons: 1),
      ])
    network.images = [[1, 2, 3, 4]]
    network.set("stem", ones(2, 1))
    network.set("body", ones(filters, 2))
    network.set("classes", ones(1, filters + 1))
    return network
  }

  @Test("At the end of a block a filter goes with its shortcut, and what only these had read")
  func endOfBlock() throws {
    var network = network(filters: 2, stride: 1, .identity)
    network["body"] = [[1, 0], [1, 1]]
    network["classes"] = [[1, 0, 1]]
    let clean = try network.pruned(.denseLayers)
    #expect(clean["body"] == [[1, 0], [0, 0]])
    #expect(clean["norm"] == [[1], [0]])
    #expect(clean["block.shortcut"] == [[1], [0]])
    #expect(clean["stem"] == [[1], [0]])
    #expect(clean["stem.norm"] == [[1], [0]])
  }

  @Test("A shortcut reads what it adds")
  func shortcut() throws {
    var network = network(filters: 2, stride: 1, .identity)
    network["body"] = [[1, 0], [1, 0]]
    #expect(try network.pruned(.denseLayers)["stem"] == [[1], [1]])
    network["block.shortcut"] = [[1], [0]]
    #expect(try network.pruned(.denseLayers)["stem"] == [[1], [0]])
  }

  @Test("A padded shortcut reads what it adds to the middle channels")
  func padded() throws {
    var network = network(filters: 4, stride: 2, .padded(channels: 4, stride: 2))
    network["body"] = [[0, 0], [0, 0], [0, 0], [0, 0]]
    // The stem's filters are added to the second and to the third channel.
    network["block.shortcut"] = [[1], [0], [1], [0]]
    let clean = try network.pruned(.denseLayers)
    #expect(clean["stem"] == [[0], [1]])
    #expect(clean["stem.norm"] == [[0], [1]])
    network["block.shortcut"] = [[0], [1], [0], [1]]
    #expect(try network.pruned(.denseLayers)["stem"] == [[1], [0]])
  }
}
