import Networks
import Pruning
import Tensors
import Testing

/// Sensitivities worked out by hand: the gradient of a class's logit is p − 1 where the image is of
/// that class, else p.
@Suite struct TaylorCriterionTests {
  @Test("What images change in turn cancels before the absolute value is taken")
  func ofDenseLayer() throws {
    // Both classes have the same weights, so that p = ½ whatever the image.
    var net = HandworkedNetwork(
      FeatureShape(channels: 2), classes: 2, [.dense("a", neurons: 2)])
    net.set("a", [[1, 2, 4], [1, 2, 4]])
    net.images = [[1, 1], [3, 1]]
    // w_0 · (−½ · 1 + ½ · 3), w_1 · (−½ · 1 + ½ · 1), b · (−½ + ½); class 1 has the signs swapped.
    #expect(try net.sensitivities("a", labels: [0, 1]) == [[1, 0, 0], [-1, 0, 0]])
    // With both images in class 0 nothing cancels.
    #expect(try net.sensitivities("a", labels: [0, 0]) == [[-2, -2, -4], [2, 2, 4]])
  }

  @Test("Those of pruned connections, and behind a rectifier that is shut, are 0")
  func behindRectifier() throws {
    var net = HandworkedNetwork(
      FeatureShape(channels: 1), classes: 2,
      [.dense("a", neurons: 3), .rectifier, .dense("b", neurons: 2)])
    net.set("a", [[2, 0], [-1, 0], [3, 0]])
    net.set("b", [[1, 5, 1, 0], [2, 5, 1, 0]])
    net["b"] = [[1, 1, 0, 1], [1, 1, 0, 1]]
    net.images = [[0]]
    // No signal: only what has an input of 1, a bias, could have changed anything, and they are 0.
    #expect(try net.sensitivities("b", labels: [0]).joined().allSatisfy { $0 == 0 })
    net.images = [[1]]
    let b = try net.sensitivities("b", labels: [0])
    let p = 1 / (1 + 7.38905609893065)  // Logits 2 and 4.
    // (p_0 − 1) · 1 · 2 and p_1 · 2 · 2; the shut unit's and the pruned ones' are 0.
    for (unit, expected) in [-2 * (1 - p), 4 * (1 - p)].enumerated() {
      #expect(abs(b[unit][0] - expected) < 1e-6)
      #expect(b[unit][1...].allSatisfy { $0 == 0 })
    }
    // Through both classes: ((p_0 − 1) · 1 + p_1 · 2) · 1 · w.
    let a = try net.sensitivities("a", labels: [0])
    #expect(abs(a[0][0] - 2 * (1 - p)) < 1e-6)
    #expect(a[1] == [0, 0])
    #expect(a[2] == [0, 0])
  }

  @Test("A kernel's is the sum over its weights, a batch norm in evaluation only a scale")
  func ofKernel() throws {
    var net = HandworkedNetwork(
      FeatureShape(channels: 1, height: 1, width: 2), classes: 2,
      [
        .convolution("c", filters: 1, kernel: 1, bias: true), .batchNorm("n"),
        .dense("d", neurons: 2),
      ])
    net.set("c", [[3, 0.5]])
    net.set("n", [[2, 0]])
    net.set("d", [[1, 1, 0], [1, 1, 0]])
    net.images = [[1, 4]]
    // p = ½ each, and what comes back to the map cancels: ½ − ½.
    #expect(try net.sensitivities("c", labels: [0]) == [[0, 0]])
    net.set("d", [[1, 1, 0], [0, 0, 0]])
    net.set("n", [[0, 0]])
    // With a scale of 0 both logits are 0, and only the scale itself could change the loss.
    #expect(try net.sensitivities("c", labels: [0]) == [[0, 0]])
    net.set("n", [[2, 0]])
    net.set("d", [[1, 1, 0], [1, 1, 20]])
    net.images = [[1, -1]]
    // Logits 2 · (3 · (1 − 1) + 2 · 0.5) = 2 and 22: p_1 = 1, so the gradient of the map is
    // (p_0 − 1 + p_1) = 0 again; of the last layer −x and x.
    let d = try net.sensitivities("d", labels: [0])
    #expect(zip(d[0], [-7, 5, 0]).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(zip(d[1], [7, -5, 20]).allSatisfy { abs($0 - $1) < 1e-5 })
    // Now class 1 reads nothing: the map's gradient is −1 at both places, times the scale of 2.
    net.set("d", [[1, 1, 0], [0, 0, 40]])
    let c = try net.sensitivities("c", labels: [0])
    #expect(abs(c[0][0] - -2 * 3 * (1 - 1)) < 1e-5)
    #expect(abs(c[0][1] - -2 * 2 * 0.5) < 1e-5)
  }

  @Test("A larger kernel adds up its weights, each with what it sees")
  func ofLargerKernel() throws {
    var net = HandworkedNetwork(
      FeatureShape(channels: 1, height: 1, width: 2), classes: 2,
      [
        .convolution("c", filters: 1, kernel: 3, padding: 1), .globalAveragePool,
        .dense("d", neurons: 2),
      ])
    // Of the 3 × 3 only the middle row sees the map.
    net.set("c", [[9, 9, 9, 1, 2, 3, 9, 9, 9, 0]])
    net.set("d", [[2, 0], [0, 200]])
    net.images = [[1, 10]]
    // Every place of the map has the gradient −2 / 2: −Σ w x over places, which are 2·1 + 3·10 and
    // 1·1 + 2·10.
    let c = try net.sensitivities("c", labels: [0])
    #expect(abs(c[0][0] - -53) < 1e-4)
    #expect(c[0][1] == 0)
  }

  @Test("Scores are the absolute values")
  func scores() throws {
    let network = Network(
      Architecture(
        name: "small", input: FeatureShape(channels: 2), classes: 1,
        layers: [.dense("a", neurons: 1)]),
      mask: Mask(count: 3), parameters: FloatBuffer([1, 1, 1]), kernels: KernelSet.available[0])
    let statistics = ActivityStatistics(totals: [1, 1], of: network.graph, samples: 1)
    let scored = ScoredNetwork(
      network,
      Observations(
        activities: statistics, sensitivities: Sensitivities(totals: [-3, 2, 0], of: network)))
    #expect(TaylorCriterion().scores(of: 0, group: 0, in: scored) == [3, 2, 0])
  }
}
