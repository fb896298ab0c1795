import Networks
import Tensors
import Testing

/// Scores of neurons' connections and what goes by them, worked out by hand.
@Suite struct DenseRuleTests {
  /// Mean magnitudes are 3, 1 and 0.5 of the inputs; of the hidden neurons, which put out 0 and 11,
  /// and 0.5 and 13.5, they are 5.5 and 7.
  private var network: HandworkedNetwork {
    var network = HandworkedNetwork(
      FeatureShape(channels: 3), classes: 2,
      [.dense("hidden", neurons: 2), .rectifier, .dense("classes", neurons: 2)])
    network.images = [[2, 1, 0], [-4, 1, 1]]
    network.set("hidden", [[-2, 4, 2, -3], [-1.5, 4.5, 4, -1]])
    network.set("classes", [[2.5, -2, 0], [-2, 1, -1]])
    return network
  }

  @Test("A score is the magnitude of weight times mean magnitude of input; the bias's input is 1")
  func scores() throws {
    #expect(try network.scores("hidden", unit: 0) == [6, 4, 1, 3])
    #expect(try network.scores("hidden", unit: 1) == [4.5, 4.5, 2, 1])
    #expect(try network.scores("classes", unit: 0) == [13.75, 14, 0])
    #expect(try network.scores("classes", unit: 1) == [11, 7, 1])
  }

  /// Of what is left at α = 0.5 the hidden neurons' means would be 6 and 6, and the first class
  /// would keep the first of them: layers see each other as they were.
  @Test(
    "Each neuron keeps what is above the threshold of its own scores",
    arguments: [
      // 6 4 3 1 of 14: none is below 4.2, so that the second, 4, is the threshold. 4.5 4.5 2 1 of
      // 12: none is below 3.6, and both 4.5 go. 14 13.75 0 and 11 7 1: the second.
      (0.3, hidden: [[1, 0, 0, 0], [0, 0, 0, 0]], classes: [[0, 1, 0], [1, 0, 0]]),
      // 6 is below 7, the third. 4.5 is below 6, the third. None is below 13.875, nor below 9.5.
      (0.5, hidden: [[1, 1, 0, 0], [1, 1, 0, 0]], classes: [[0, 1, 0], [1, 0, 0]]),
      // 6 and 10 are below 10.5, the fourth. 4.5 is below 9, which 9 is not: the third. 14 is below
      // 20.8125 and 11 below 14.25, the third.
      (0.75, hidden: [[1, 1, 0, 1], [1, 1, 0, 0]], classes: [[1, 1, 0], [1, 1, 0]]),
    ])
  func thresholds(_ alpha: Double, _ hidden: [[Int]], _ classes: [[Int]]) throws {
    let pruned = try network.pruned(.denseLayers, convolutions: 0.1, dense: alpha)
    #expect(pruned["hidden"] == hidden)
    #expect(pruned["classes"] == classes)
  }

  @Test("A connection pruned before scores 0 and counts among its neuron's scores")
  func prunedBefore() throws {
    var network = network
    network["hidden"] = [[1, 1, 0, 1], [1, 1, 1, 1]]
    #expect(try network.scores("hidden") == [6, 4, 0, 3])
    // 6 4 3 0 of 13: 6 and 10 are below 11.7, so that the fourth, 0, is the threshold. Of three
    // scores it would be 3. 4.5 4.5 2 1 of 12: 4.5 and 9 are below 10.8, the fourth.
    let pruned = try network.pruned(.denseLayers, dense: 0.9)
    #expect(pruned["hidden"] == [[1, 1, 0, 1], [1, 1, 1, 0]])
  }

  @Test("Behind a convolution each position of a map is an input of its own")
  func positions() throws {
    var network = HandworkedNetwork(
      FeatureShape(channels: 1, height: 1, width: 3),
      [
        .convolution("convolution", filters: 1, kernel: 1), .rectifier,
        .dense("classes", neurons: 1),
      ])
    network.images = [[4, 1, -2], [2, -3, 10]]
    network.set("convolution", [[1, 0]])
    network.set("classes", [[1, -2, -1, 0]])
    // Rectified means are 3, 0.5 and 5. 5 is below 6.3, so that the third of 5 3 1 0 is the
    // threshold.
    #expect(try network.scores("classes") == [3, 1, 5, 0])
    let pruned = try network.pruned(.denseLayers, dense: 0.7)
    #expect(pruned["classes"] == [[1, 0, 1, 0]])
    #expect(pruned["convolution"] == [[1, 1]])
  }
}
