import Networks
import Pruning
import Tensors
import TestSupport
import Testing

/// Units that are dead by a threshold, with α = 1, by which nothing else goes: what goes with them.
@Suite struct WeakUnitTests {
  @Test(
    "A neuron goes at its share of the mean, and the connections from it",
    arguments: [
      (0.0, [1, 1, 1, 1]), (0.0624, [1, 1, 1, 1]), (0.0625, [1, 1, 0, 1]),
      (0.2499, [1, 1, 0, 1]), (0.25, [1, 1, 0, 0]),
    ])
  func neurons(_ share: Double, _ survivors: [Int]) throws {
    var network = HandworkedNetwork(
      FeatureShape(channels: 1), classes: 2,
      [.dense("hidden", neurons: 4), .leakyRectifier(0.25), .dense("classes", neurons: 2)])
    network.images = [[1], [3]]
    // Means of 4⅛, 3¼, ⅛ and ½, whose mean is 2.
    network.set("hidden", [[2.0625, 0], [1.625, 0], [-0.25, 0], [-1, 0]])
    network.set("classes", [[1, 1, 1, 1, 1], [1, 1, 1, 1, 1]])
    let pruned = try network.pruned(.denseLayers, deadBelow: share)
    #expect(pruned["hidden"] == survivors.map { [$0, $0] })
    #expect(pruned["classes"] == [survivors + [1], survivors + [1]])
  }

  @Test(
    "Behind smooth activations, too, they are dead by a share alone",
    arguments: [Layer.gelu, .silu])
  func smooth(_ activation: Layer) throws {
    var network = HandworkedNetwork(
      FeatureShape(channels: 1),
      [.dense("hidden", neurons: 3), activation, .dense("classes", neurons: 1)])
    network.images = [[1], [3]]
    // Means of 1.8 and more, at most 0.04, and 0.
    network.set("hidden", [[1, 0], [-4, 0], [0, 0]])
    network.set("classes", [[1, 1, 1, 1]])
    let kept = try network.pruned(.denseLayers)
    #expect(kept["hidden"] == [[1, 1], [1, 1], [0, 0]])
    #expect(kept.keepsAll(but: ["hidden"]))
    let pruned = try network.pruned(.denseLayers, deadBelow: 0.1)
    #expect(pruned["hidden"] == [[1, 1], [0, 0], [0, 0]])
    #expect(pruned["classes"] == [[1, 0, 0, 1]])
  }

  @Test("A filter goes with bias, batch norm and what reads it, by all positions of its map")
  func filters() throws {
    var network = HandworkedNetwork(
      FeatureShape(channels: 1, height: 1, width: 3),
      [
        .convolution("convolution", filters: 3, kernel: 1), .batchNorm("norm"),
        .leakyRectifier(0.25), .dense("classes", neurons: 1),
      ])
    network.images = [[1, 2, 3], [4, 5, 6]]
    network.set("convolution", [[1, 0], [1, 0], [1, 0]])
    // Means over three positions add up to 10½, 1 5/16 and 2 5/8: 4 13/16 on average.
    network.set("norm", [[1, 0], [0.125, 0], [-1, 0]])
    network.set("classes", [[Float](repeating: 1, count: 10)])
    #expect(try network.pruned(.convolutions, deadBelow: 0.27).keepsAll(but: []))
    let pruned = try network.pruned(.convolutions, deadBelow: 0.28)
    #expect(pruned["convolution"] == [[1, 1], [0, 0], [1, 1]])
    #expect(pruned["norm"] == [[1], [0], [1]])
    #expect(pruned["classes"] == [[1, 1, 1, 0, 0, 0, 1, 1, 1, 1]])
  }

  /// Two channels of a stem, which a body reads through a batch norm and a shortcut as they are.
  private static func carried(stem: Float, norm: Float) -> HandworkedNetwork {
    var network = HandworkedNetwork(
      FeatureShape(channels: 1), scoreNorm: .euclidean,
      [
        .convolution("stem", filters: 2, kernel: 1, bias: false), .leakyRectifier(0.25),
        .residual(
          "block",
          body: [
            .batchNorm("norm"), .leakyRectifier(0.25),
            .convolution("inner", filters: 2, kernel: 1, bias: false),
          ], shortcut: .identity), .globalAveragePool, .dense("classes", neurons: 1),
      ])
    network.images = [[1]]
    network.set("stem", [[1], [stem]])
    network.set("norm", [[1, 0], [norm, 0]])
    network.set("inner", [[1, 0], [1, 0]])
    network.set("classes", [[1, 1, 0]])
    return network
  }

  @Test("A unit that is weak for one of its readers alone stays")
  func otherReader() throws {
    let network = Self.carried(stem: 1, norm: 0.015625)
    #expect(try network.pruned(.convolutions, deadBelow: 0.1)["stem"] == [[1], [1]])
  }

  @Test("A unit that is weak for all of them goes with what they read and the shortcut from it")
  func allReaders() throws {
    let network = Self.carried(stem: 0.015625, norm: 1)
    #expect(try network.pruned(.convolutions).keepsAll(but: []))
    let pruned = try network.pruned(.convolutions, deadBelow: 0.1)
    #expect(pruned["stem"] == [[1], [0]])
    #expect(pruned["norm"] == [[1], [0]])
    #expect(pruned["inner"] == [[1, 0], [1, 0]])
    #expect(pruned["block.shortcut"] == [[1], [0]])
  }

  @Test("Where all units are 0 all are dead, whatever the share", arguments: [0, 0.1])
  func nothing(share: Double) throws {
    var network = HandworkedNetwork(
      FeatureShape(channels: 1),
      [
        .dense("first", neurons: 2), .leakyRectifier(0.25), .dense("second", neurons: 2),
        .leakyRectifier(0.25), .dense("classes", neurons: 1),
      ])
    network.images = [[1], [3]]
    network.set("first", [[1, 0], [1, 0]])
    network.set("second", [[0, 0, 0], [0, 0, 0]])
    network.set("classes", [[1, 1, 1]])
    // Nothing reads the first layer any more once the second is dead.
    #expect(try network.outcome(.denseLayers, deadBelow: share) == .disconnects(layer: "first"))
  }

  @Test("However high the share, the most active unit stays")
  func mostActive() throws {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<20 {
      var network = HandworkedNetwork(
        FeatureShape(channels: 1),
        [.dense("hidden", neurons: 4), .leakyRectifier(0.25), .dense("classes", neurons: 1)])
      network.images = [[1], [3]]
      network.set("hidden", (0..<4).map { _ in [Float.random(in: -2...2, using: &random), 0] })
      network.set("classes", [[1, 1, 1, 1, 1]])
      let pruned = try network.pruned(.denseLayers, deadBelow: 0.999)
      #expect(pruned["hidden"].contains([1, 1]))
    }
  }
}
