import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct KernelSetLossTests {
  /// One block of logits with a label for each of its images.
  private struct Logits {
    let blocks: LaneBlocks
    let labels: [Int32]

    init(_ rows: [[Float]], labels: [Int32]) {
      self.labels = labels
      blocks = LaneBlocks(shape: FeatureShape(channels: rows[0].count), capacity: 2)
      // Lanes without an image hold what must not count.
      for index in 0..<rows[0].count * LaneBlocks.lanes {
        blocks.buffer[blocks.stride + index] = .nan
      }
      for (lane, row) in rows.enumerated() {
        for (category, logit) in row.enumerated() { blocks[1, category, lane] = logit }
      }
    }

    var classes: Int { blocks.shape.count }
    func row(_ lane: Int) -> [Double] { (0..<classes).map { Double(blocks[1, $0, lane]) } }

    func loss(_ lane: Int) -> Double {
      let row = row(lane)
      let largest = row.reduce(row[0]) { max($0, $1) }
      return log(row.reduce(0) { $0 + exp($1 - largest) }) + largest - row[Int(labels[lane])]
    }

    func gradient(_ lane: Int, _ category: Int, scale: Double) -> Double {
      let row = row(lane)
      let largest = row.reduce(row[0]) { max($0, $1) }
      let total = row.reduce(0) { $0 + exp($1 - largest) }
      return (exp(row[category] - largest) / total - (category == Int(labels[lane]) ? 1 : 0))
        * scale
    }
  }

  private typealias Outcome = (loss: Double, right: Int, gradient: LaneBlocks)

  private func outcome(_ logits: Logits, scale: Float, kernels: KernelSet) -> Outcome {
    let gradient = LaneBlocks(shape: logits.blocks.shape, capacity: 2)
    let sums = sums(logits, gradient: gradient, scale: scale, kernels: kernels)
    return (sums[0], Int(sums[1]), gradient)
  }

  private func sums(
    _ logits: Logits, gradient: LaneBlocks?, scale: Float, kernels: KernelSet
  ) -> [Double] {
    var partials = BlockPartials.ofOneBlock(width: 2)
    kernels.crossEntropy(
      logits: logits.blocks, gradient: gradient, block: 1, labels: logits.labels[...],
      scale: scale, to: &partials)
    return partials.sums
  }

  @Test(
    "loss, gradient and correct answers of random logits match double precision, alike on all sets")
  func randomLogits() {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<100 {
      let classes = Int.random(in: 1...20, using: &random)
      let range = Float([0.1, 1, 10, 80].randomElement(using: &random) ?? 1)
      let images = Int.random(in: 1...LaneBlocks.lanes, using: &random)
      let rows = (0..<images).map { _ in
        (0..<classes).map { _ in Float.random(in: -range...range, using: &random) }
      }
      check(
        Logits(
          rows, labels: rows.map { _ in Int32.random(in: 0..<Int32(classes), using: &random) }))
    }
  }

  private func check(_ logits: Logits) {
    let scale: Float = 1 / 120
    let images = logits.labels.count
    let expectedLoss = (0..<images).reduce(0) { $0 + logits.loss($1) }
    let expectedRight = (0..<images).count { lane in
      let row = logits.row(lane)
      return row.firstIndex(of: row.reduce(row[0]) { max($0, $1) }) == Int(logits.labels[lane])
    }
    let widest = outcome(logits, scale: scale, kernels: KernelSet.available[0])
    // A loss near zero is the difference of numbers near one.
    #expect(abs(widest.loss - expectedLoss) <= 1e-6 * max(Double(images), expectedLoss))
    #expect(widest.right == expectedRight)
    for category in 0..<logits.classes {
      for lane in 0..<LaneBlocks.lanes {
        let expected =
          lane < images ? logits.gradient(lane, category, scale: Double(scale)) : 0
        let difference = abs(Double(widest.gradient[1, category, lane]) - expected)
        #expect(difference <= (lane < images ? 1e-6 * Double(scale) : 0))
      }
    }
    for kernels in KernelSet.available.dropFirst() {
      let other = outcome(logits, scale: scale, kernels: kernels)
      #expect(other.loss.bitPattern == widest.loss.bitPattern, "\(kernels.name)")
      #expect(other.right == widest.right, "\(kernels.name)")
      #expect(
        other.gradient.buffer.firstDifference(from: widest.gradient.buffer) == nil,
        "\(kernels.name)")
    }
  }

  @Test("logits of ±80 lose nothing")
  func extremeLogits() {
    check(Logits([[80, -80], [80, -80], [-80, 80]], labels: [0, 1, 0]))
    check(Logits([[80, 80, -80], [-80, -80, -80]], labels: [2, 1]))
  }

  @Test("logits so far apart that their exponentials vanish give a finite loss")
  func vanishingExponentials() {
    let logits = Logits([[500, -500, -1e30]], labels: [1])
    for kernels in KernelSet.available {
      let result = outcome(logits, scale: 1, kernels: kernels)
      #expect(result.loss == 1000)
      #expect((0..<3).map { result.gradient[1, $0, 0] } == [1, -1, 0])
    }
  }

  @Test("of equal logits the first counts as the largest")
  func equalLogits() {
    let logits = Logits([[3, 3, 1], [3, 3, 1], [-0.0, 0, -1]], labels: [0, 1, 0])
    for kernels in KernelSet.available {
      #expect(outcome(logits, scale: 1, kernels: kernels).right == 2, "\(kernels.name)")
    }
  }

  @Test("a NaN among the logits makes the loss NaN, wherever it stands", arguments: 0..<3)
  func notANumber(place: Int) {
    var row: [Float] = [1, 2, 3]
    row[place] = .nan
    for label in 0..<3 {
      let logits = Logits([[0, 1, 2], row], labels: [0, Int32(label)])
      for kernels in KernelSet.available {
        let result = outcome(logits, scale: 1, kernels: kernels)
        #expect(result.loss.isNaN, "\(kernels.name)")
        for category in 0..<3 {
          #expect(result.gradient[1, category, 1].isNaN, "\(kernels.name)")
          #expect(!result.gradient[1, category, 0].isNaN, "\(kernels.name)")
        }
      }
    }
  }

  @Test("without a gradient buffer loss and correct answers are the same")
  func withoutGradient() {
    let logits = Logits([[0.25, 1, -2], [4, 5, 6]], labels: [1, 0])
    for kernels in KernelSet.available {
      let result = outcome(logits, scale: 1, kernels: kernels)
      let bare = sums(logits, gradient: nil, scale: 1, kernels: kernels)
      #expect(bare == [result.loss, Double(result.right)] && result.right == 1)
    }
  }
}
