import Networks
import Tensors
import Testing

/// Scores of kernels and what goes by them, worked out by hand.
@Suite struct ConvolutionRuleTests {
  /// A convolution over a map of 3 × 3, all ones in magnitude, with weights of ±1 and a bias of −2.
  @Test(
    "A kernel's score is a norm of its responses, 0 around the map; a bias responds everywhere",
    arguments: [
      // One position, on which nine taps see 1.
      (kernel: 3, stride: 1, padding: 0, sum: [9.0, 2], euclidean: [9.0, 2]),
      // 4 6 4, 6 9 6, 4 6 4: sum 49, √(4·16 + 4·36 + 81) = √289; √9 = 3 times the bias.
      (kernel: 3, stride: 1, padding: 1, sum: [49, 18], euclidean: [17, 6]),
      // The corners of these: sum 16, √(4·16); √4 = 2 times the bias.
      (kernel: 3, stride: 2, padding: 1, sum: [16, 8], euclidean: [8, 4]),
      // 2 × 2 positions, on each of which four taps see 1.
      (kernel: 2, stride: 1, padding: 0, sum: [16, 8], euclidean: [8, 4]),
      // One tap on the corners.
      (kernel: 1, stride: 2, padding: 0, sum: [4, 8], euclidean: [2, 4]),
    ])
  func scores(
    _ kernel: Int, _ stride: Int, _ padding: Int, _ sum: [Double], _ euclidean: [Double]
  ) throws {
    for (norm, expected) in [(Architecture.ScoreNorm.sum, sum), (.euclidean, euclidean)] {
      var network = HandworkedNetwork(
        FeatureShape(channels: 1, height: 3, width: 3), scoreNorm: norm,
        [
          .convolution("convolution", filters: 1, kernel: kernel, stride: stride, padding: padding),
          .rectifier, .globalAveragePool, .dense("classes", neurons: 1),
        ])
      network.images = [
        [1, -1, 1, 1, -1, -1, 1, 1, 1],
        [-1, -1, 1, -1, 1, -1, 1, -1, 1],
      ]
      let weights: [Float] = (0..<kernel * kernel).map { $0.isMultiple(of: 2) ? -1 : 1 }
      network.set("convolution", [weights + [-2]])
      #expect(try network.scores("convolution") == expected, "\(norm)")
    }
  }

  /// Filters of stride 2 and padding 1 on maps of 3 × 3. The middle tap stands on the corners, the
  /// first one once on the middle and else outside; nothing reads the 100 at the edges.
  private func network(_ norm: Architecture.ScoreNorm) -> HandworkedNetwork {
    var network = HandworkedNetwork(
      FeatureShape(channels: 3, height: 3, width: 3), scoreNorm: norm,
      [
        .convolution("convolution", filters: 2, kernel: 3, stride: 2, padding: 1), .rectifier,
        .globalAveragePool, .dense("classes", neurons: 1),
      ])
    func map(_ corners: [Float], middle: Float) -> [Float] {
      [corners[0], 100, corners[1], 100, middle, 100, corners[2], 100, corners[3]]
    }
    // Mean magnitudes at corners and in the middle: 2 4 4 8 and 0, 1 1 3 1 and 2, 1 1 1 1 and 0.
    network.images = [
      map([3, -4, 8, -8], middle: 0) + map([1, 1, 3, -1], middle: 2)
        + map([1, 1, 1, 2], middle: 0),
      map([-1, 4, 0, 8], middle: 0) + map([-1, 1, -3, 1], middle: -2)
        + map([1, -1, 1, 0], middle: 0),
    ]
    func kernel(first: Float = 0, middle: Float = 0) -> [Float] {
      [first, 0, 0, 0, middle, 0, 0, 0, 0]
    }
    network.set(
      "convolution",
      [
        kernel(middle: -1) + kernel(first: -2, middle: 1) + kernel(middle: 1) + [-3],
        kernel(middle: 1) + kernel(first: 0.5) + kernel(middle: 3) + [0],
      ])
    return network
  }

  @Test("Magnitudes of weights and of inputs add up at each position before the norm is taken")
  func responses() throws {
    // Responses 2 4 4 8, then 1 1 3 1 + 2·2, then 1 1 1 1, and the bias's 3 3 3 3.
    #expect(try network(.sum).scores("convolution") == [18, 10, 4, 12])
    #expect(try network(.euclidean).scores("convolution") == [10, 6, 2, 6])
    // 2 4 4 8, then 0 0 0 0.5·2, then 3 3 3 3.
    #expect(try network(.sum).scores("convolution", unit: 1) == [18, 1, 12, 0])
    #expect(try network(.euclidean).scores("convolution", unit: 1) == [10, 1, 6, 0])
  }

  @Test(
    "Each filter keeps what is above the threshold of its own scores",
    arguments: [
      // 18 12 10 4 of 44: none below 22 but 18, so the third, 10, is the threshold.
      // 18 12 1 0 of 31: none below 15.5, the second.
      (Architecture.ScoreNorm.sum, 0.5, [[1, 0, 0, 1], [1, 0, 0, 0]]),
      // 18 and 30 are below 39.6, the fourth; 18 is below 27.9, the third.
      (.sum, 0.9, [[1, 1, 0, 1], [1, 0, 1, 0]]),
      // 18, 30 and 40 are below 43.56, but nothing is behind the fourth; 18 and 30 are below 30.69.
      (.sum, 0.99, [[1, 1, 0, 1], [1, 1, 1, 0]]),
      // 10 6 6 2 of 24: 10 is below 12, so that the third is it and both 6 go.
      // 10 6 1 0 of 17: none below 8.5, the second.
      (.euclidean, 0.5, [[1, 0, 0, 0], [1, 0, 0, 0]]),
      // 10 and 16 are below 21.6, the fourth; 10 is below 15.3, the third.
      (.euclidean, 0.9, [[1, 1, 0, 1], [1, 0, 1, 0]]),
    ])
  func thresholds(
    _ norm: Architecture.ScoreNorm, _ alpha: Double, _ expected: [[Int]]
  ) throws {
    let pruned = try network(norm).pruned(.convolutions, convolutions: alpha, dense: 0.1)
    #expect(pruned["convolution"] == expected)
    #expect(pruned.keepsAll(but: ["convolution"]))
  }

  @Test("A kernel pruned before scores 0 and counts among its filter's scores")
  func prunedBefore() throws {
    var network = network(.sum)
    network["convolution"] = [[0, 1, 1, 1], [1, 1, 1, 1]]
    #expect(try network.scores("convolution") == [0, 10, 4, 12])
    // 12 10 4 0 of 26: 12 and 22 are below 23.4, so that the fourth, 0, is the threshold. Of three
    // scores it would be 4.
    let pruned = try network.pruned(.convolutions, convolutions: 0.9)
    #expect(pruned["convolution"] == [[0, 1, 1, 1], [1, 0, 1, 0]])
  }
}
