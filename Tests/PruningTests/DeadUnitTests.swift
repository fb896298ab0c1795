import Networks
import Tensors
import Testing

/// What always puts out 0 goes, with α = 1, by which nothing else goes.
@Suite struct DeadUnitTests {
  @Test("A hidden neuron goes with its bias; one that speaks once stays, and so do classes")
  func neurons() throws {
    var network = HandworkedNetwork(
      FeatureShape(channels: 1), classes: 2,
      [.dense("hidden", neurons: 3), .rectifier, .dense("classes", neurons: 2)])
    network.images = [[1], [20]]
    // Put out 1 and 20, then 0 and 0, then 0 and 10.
    network.set("hidden", [[1, 0], [-1, -1], [1, -10]])
    network.set("classes", [[1, 1, 1, 1], [0, 0, 0, 0]])
    let pruned = try network.pruned(.denseLayers)
    #expect(pruned["hidden"] == [[1, 1], [0, 0], [1, 1]])
    #expect(pruned.keepsAll(but: ["hidden"]))
  }

  @Test("No unit is dead that is active a little, unless a threshold says so")
  func threshold() throws {
    var network = HandworkedNetwork(
      FeatureShape(channels: 1), classes: 2,
      [.dense("hidden", neurons: 3), .leakyRectifier(0.1), .dense("classes", neurons: 2)])
    network.images = [[1], [20]]
    // Put out 1 and 20, then −0.2 and −2.1, then −0.9 and 10: means of 10.5, 1.15 and 5.45, whose
    // mean is 5.7.
    network.set("hidden", [[1, 0], [-1, -1], [1, -10]])
    network.set("classes", [[1, 1, 1, 1], [1, 1, 1, 1]])
    for (share, survivors) in [(0.0, 3), (0.2, 3), (0.21, 2), (0.95, 2), (0.96, 1)] {
      let pruned = try network.pruned(.denseLayers, deadBelow: share)
      let dead = [[1, 1], survivors > 2 ? [1, 1] : [0, 0], survivors > 1 ? [1, 1] : [0, 0]]
      #expect(pruned["hidden"] == dead, "\(share)")
    }
  }

  @Test("Units that are never active do not lower the threshold")
  func thresholdOfActiveUnits() throws {
    var network = HandworkedNetwork(
      FeatureShape(channels: 1), classes: 2,
      [.dense("hidden", neurons: 3), .rectifier, .dense("classes", neurons: 2)])
    network.images = [[1], [20]]
    // Means of 10.5, 0 and 5: those that are active have a mean of 7.75.
    network.set("hidden", [[1, 0], [-1, -1], [1, -10]])
    network.set("classes", [[1, 1, 1, 1], [1, 1, 1, 1]])
    #expect(
      try network.pruned(.denseLayers, deadBelow: 0.64)["hidden"] == [[1, 1], [0, 0], [1, 1]])
    #expect(
      try network.pruned(.denseLayers, deadBelow: 0.65)["hidden"] == [[1, 1], [0, 0], [0, 0]])
  }

  @Test("A filter goes with bias and batch norm, by what comes out behind it, at every position")
  func filters() throws {
    var network = HandworkedNetwork(
      FeatureShape(channels: 1, height: 1, width: 3),
      [
        .convolution("convolution", filters: 3, kernel: 1), .batchNorm("norm"), .rectifier,
        .dense("classes", neurons: 1),
      ])
    network.images = [[1, 2, 3], [4, 5, 6]]
    network.set("convolution", [[1, 0], [1, 1], [1, 0]])
    // They put out what they see, then 0 for at most 7 − 10, then 6 − 5.5 once.
    network.set("norm", [[1, 0], [1, -10], [1, -5.5]])
    network.set("classes", [[Float](repeating: 1, count: 10)])
    let pruned = try network.pruned(.convolutions)
    #expect(pruned["convolution"] == [[1, 1], [0, 0], [1, 1]])
    #expect(pruned["norm"] == [[1], [0], [1]])
    #expect(pruned.keepsAll(but: ["convolution", "norm"]))
  }

  /// A block of two convolutions over three channels, each of which sees its like alone.
  private var block: HandworkedNetwork {
    var network = HandworkedNetwork(
      FeatureShape(channels: 3, height: 1, width: 2), scoreNorm: .euclidean,
      [
        .residual(
          "block",
          body: [
            .convolution("first", filters: 3, kernel: 1, bias: false), .batchNorm("first.norm"),
            .rectifier,
            .convolution("second", filters: 3, kernel: 1, bias: false), .batchNorm("second.norm"),
          ], shortcut: .identity), .rectifier,
        .globalAveragePool, .dense("classes", neurons: 1),
      ])
    network.set("first", [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    network.set("second", [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    network.set("classes", [[1, 1, 1, 0]])
    network.images = [[1, 2, 1, 2, 1, 2]]
    return network
  }

  @Test("At the end of a block the sum counts: a filter goes with batch norm and shortcut")
  func endOfBlock() throws {
    var network = block
    // Bodies add 1 2, then −11 −10, then 0 0; so that the sums are 2 4, then −10 −8, then 1 2.
    network.set("second.norm", [[1, 0], [1, -12], [0, 0]])
    let pruned = try network.pruned(.convolutions)
    #expect(pruned["second"] == [[1, 1, 1], [0, 0, 0], [1, 1, 1]])
    #expect(pruned["second.norm"] == [[1], [0], [1]])
    #expect(pruned["block.shortcut"] == [[1], [0], [1]])
    #expect(pruned.keepsAll(but: ["second", "second.norm", "block.shortcut"]))
  }

  @Test("Within a block a filter goes with its batch norm and leaves the shortcut")
  func withinBlock() throws {
    var network = block
    network.set("first.norm", [[1, 0], [1, 0], [1, -12]])
    let pruned = try network.pruned(.convolutions)
    #expect(pruned["first"] == [[1, 1, 1], [1, 1, 1], [0, 0, 0]])
    #expect(pruned["first.norm"] == [[1], [1], [0]])
    #expect(pruned.keepsAll(but: ["first", "first.norm"]))
  }
}
