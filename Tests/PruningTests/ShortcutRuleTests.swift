import Networks
import Tensors
import Testing

/// Which side of a residual sum goes, worked out by hand: c is the norm of what the body adds to a
/// channel, r of what the shortcut adds.
@Suite struct ShortcutRuleTests {
  /// A block whose body is one convolution of 1 × 1 with a batch norm.
  private func network(
    _ input: FeatureShape, filters: Int, stride: Int = 1, _ shortcut: Residual.Shortcut
  ) -> HandworkedNetwork {
    HandworkedNetwork(
      input, scoreNorm: .euclidean,
      [
        .residual(
          "block",
          body: [
            .convolution("body", filters: filters, kernel: 1, stride: stride, bias: false),
            .batchNorm("norm"),
          ], shortcut: shortcut), .rectifier,
        .globalAveragePool, .dense("classes", neurons: 1),
      ])
  }

  /// A map of which every second row and column has these numbers, with a 100 elsewhere.
  private func map(side: Int, _ numbers: [Float]) -> [Float] {
    var rest = numbers.makeIterator()
    return (0..<side * side).map { pixel in
      let isTaken = (pixel / side).isMultiple(of: 2) && (pixel % side).isMultiple(of: 2)
      return isTaken ? rest.next() ?? 0 : 100
    }
  }

  @Test(
    "The weaker side of a sum goes where their ratio is below (1−α)/α",
    arguments: [
      // A quarter: 1/8 is below, 1/4 is not.
      (0.8, weights: [Float(0.125), 0.25, 4, 8]),
      // 1: the same on both sides is not below.
      (0.5, weights: [0.5, 1, 1, 2]),
    ])
  func identity(_ alpha: Double, _ weights: [Float]) throws {
    var network = network(
      FeatureShape(channels: 4, height: 1, width: 2), filters: 4, .identity)
    // Means of 3 and 4 in every channel: r = 5 and c = 5 times the weight.
    network.images = [
      [6, 4, 6, 4, 6, 4, 6, 4],
      [0, -4, 0, -4, 0, -4, 0, -4],
    ]
    network.set(
      "body",
      weights.enumerated().map { unit, weight in (0..<4).map { $0 == unit ? weight : 0 } })
    let pruned = try network.pruned(.convolutions, convolutions: alpha)
    #expect(pruned["body"] == [[0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    #expect(pruned["norm"] == [[0], [1], [1], [1]])
    #expect(pruned["block.shortcut"] == [[1], [1], [1], [0]])
    #expect(pruned.keepsAll(but: ["body", "norm", "block.shortcut"]))
  }

  @Test("Norms are over positions, of means over images of magnitudes")
  func norms() throws {
    var network = network(FeatureShape(channels: 2, height: 2, width: 2), filters: 2, .identity)
    // r = ‖3 4 0 0‖ = 5. Of signed means it would be 3; the mean of the images' norms is 5.6.
    network.images = [
      [6, 4, 0, 0, 6, 4, 0, 0],
      [0, -4, 0, 0, 0, -4, 0, 0],
    ]
    network.set("body", [[1, 0], [0, 1]])
    // Constants: c = 4 · 21/32 / 2 = 1.3125 and 1; with a bound of 1/4, r is between 4 and 5.25.
    network.set("norm", [[0, 0.65625], [0, 0.5]])
    let pruned = try network.pruned(.convolutions, convolutions: 0.8)
    #expect(pruned["body"] == [[1, 0], [0, 0]])
    #expect(pruned["norm"] == [[1], [0]])
    #expect(pruned["block.shortcut"] == [[1], [1]])
  }

  @Test("A shortcut masked before counts as it would add")
  func maskedBefore() throws {
    var network = network(FeatureShape(channels: 2, height: 1, width: 2), filters: 2, .identity)
    network.images = [[3, 4, 3, 4]]
    network.set("body", [[0.125, 0], [0, 1]])
    network["block.shortcut"] = [[0], [1]]
    let pruned = try network.pruned(.convolutions, convolutions: 0.8)
    #expect(pruned["body"] == [[0, 0], [0, 1]])
    #expect(pruned["norm"] == [[0], [1]])
    #expect(pruned["block.shortcut"] == [[0], [1]])
  }

  /// Of four channels the middle two are added to, by r = 10 and 6.
  private func padded(side: Int, _ second: Float, _ third: Float) -> HandworkedNetwork {
    var network = network(
      FeatureShape(channels: 2, height: side, width: side), filters: 4, stride: 2,
      .padded(channels: 4, stride: 2))
    network.images = [map(side: side, [2, 4, 4, 8]) + map(side: side, [1, 1, 3, 5])]
    network.set("body", [[1, 0], [second, 0], [0, third], [0, 1]])
    return network
  }

  @Test("A padded shortcut adds its rows and columns to the middle channels, to others 0")
  func padded() throws {
    // c/r = 1/8 and 8; where r = 0 the shortcut goes.
    let pruned = try padded(side: 4, 0.125, 8).pruned(.convolutions, convolutions: 0.8)
    #expect(pruned["body"] == [[1, 0], [0, 0], [0, 1], [0, 1]])
    #expect(pruned["norm"] == [[1], [0], [1], [1]])
    #expect(pruned["block.shortcut"] == [[0], [1], [0], [0]])
    // 1/4 and 4 are not below 1/4.
    let other = try padded(side: 4, 0.25, 4).pruned(.convolutions, convolutions: 0.8)
    #expect(other["body"] == [[1, 0], [1, 0], [0, 1], [0, 1]])
    #expect(other["norm"] == [[1], [1], [1], [1]])
    #expect(other["block.shortcut"] == [[0], [1], [1], [0]])
  }

  @Test("A padded shortcut takes every second row and column of a map of odd sides, too")
  func oddSides() throws {
    let pruned = try padded(side: 3, 0.125, 8).pruned(.convolutions, convolutions: 0.8)
    #expect(pruned["body"] == [[1, 0], [0, 0], [0, 1], [0, 1]])
    #expect(pruned["block.shortcut"] == [[0], [1], [0], [0]])
  }

  @Test("A projection adds what its batch norm puts out; nothing keeps a filter that is not added")
  func projected() throws {
    var network = network(
      FeatureShape(channels: 2, height: 4, width: 4), filters: 4, stride: 2,
      .projection([
        .convolution("projection", filters: 4, kernel: 1, stride: 2, bias: false),
        .batchNorm("projection.norm"),
      ]))
    network.images = [map(side: 4, [2, 4, 4, 8]) + map(side: 4, [1, 1, 3, 5])]
    // c = 10 times the weight; r = 10 times the scale of 2: c/r = 1/8, 1/4, 4 and 8.
    network.set("body", [[0.25, 0], [0.5, 0], [8, 0], [16, 0]])
    network.set("projection", [[1, 0], [1, 0], [1, 0], [1, 0]])
    network.set("projection.norm", [[2, 0], [2, 0], [2, 0], [2, 0]])
    let pruned = try network.pruned(.convolutions, convolutions: 0.8)
    #expect(pruned["body"] == [[0, 0], [1, 0], [1, 0], [1, 0]])
    #expect(pruned["norm"] == [[0], [1], [1], [1]])
    #expect(pruned["block.shortcut"] == [[1], [1], [1], [0]])
    #expect(pruned["projection"] == [[1, 0], [1, 0], [1, 0], [1, 0]])
    let clean = try pruned.pruned(.denseLayers)
    #expect(clean["projection"] == [[1, 0], [1, 0], [1, 0], [0, 0]])
    #expect(clean["projection.norm"] == [[1], [1], [1], [0]])
    #expect(clean["body"] == pruned["body"] && clean["norm"] == pruned["norm"])
    #expect(clean["block.shortcut"] == pruned["block.shortcut"])
  }
}
