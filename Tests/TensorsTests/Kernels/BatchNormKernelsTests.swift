import Foundation
import Tensors
import TestSupport
import Testing

/// The kernels of batch norm, the shortcuts they add and the rectifiers after them, on every kernel
/// set against plain loops, bit for bit.
@Suite struct BatchNormKernelsTests {
  private func repeatedly(_ body: (PlaneCase, inout SeededRandom) -> Void) {
    var random = SeededRandom(seed: SeededRandom.printedSeed())
    for _ in 0..<80 { body(PlaneCase(using: &random), &random) }
  }

  @Test("Moments are sums over the images' lanes around centers")
  func moments() {
    repeatedly { example, random in
      let x = example.blocks(using: &random)
      x.spoilEmptyLanes(images: example.images)
      let channels = example.channels(using: &random)
      let centers = channels.map { _ in Float.random(in: -2...2, using: &random) }
      let block = example.count - 1
      let expected = zip(channels, centers).flatMap { channel, center in
        x.accumulated(block, channel, images: example.images) { place in
          let value = x[place] - center
          return (value, value, value)
        }
      }
      for kernels in KernelSet.available {
        var sums = BlockPartials.ofOneBlock(width: 2 * channels.count)
        kernels.moments(
          x, block: block, channels: channels, centers: centers, images: example.images, to: &sums)
        #expect(sums.sums == expected, "\(kernels.name), \(example)")
      }
    }
  }

  @Test(
    "Channels are normalised, pruned ones are 0, shortcuts are added", arguments: [false, true])
  func normalise(rectifies: Bool) {
    repeatedly { example, random in
      let norms = RandomNorms(example, using: &random)
      let (x, y) = (example.blocks(using: &random), example.blocks(using: &random))
      let step = Int.random(in: 1...2, using: &random)
      let source = example.blocks(example.shape.widened(by: step), using: &random)
      // Channels of the source in any order, and −1 where nothing is added.
      let sources = (0..<example.shape.channels).map { _ in
        Int.random(in: -1..<example.shape.channels, using: &random)
      }
      let adds = Bool.random(using: &random)
      let block = example.count - 1
      y.expect("\(example)", example.count) { place in
        guard place.block == block else { return y[place] }
        var value = norms.normalised(x[place], channel: place.channel)
        if adds, sources[place.channel] >= 0 {
          value += source[place.strided(by: step, channel: sources[place.channel])]
        }
        return rectifies && value <= 0 ? 0 : value
      } of: { kernels, y in
        kernels.normalise(
          x, norms.norms, adding: adds ? (source, sources: sources, stride: step) : nil,
          rectifies: rectifies, into: y, block: block)
      }
    }
  }

  /// What stands after the normalisation, and how the backward pass knows where it was open.
  enum Rectifier: CaseIterable {
    case none, recomputed, read
  }

  @Test("Moments of gradients count where rectifiers were open", arguments: Rectifier.allCases)
  func gradientMoments(rectifier: Rectifier) {
    repeatedly { example, random in
      let norms = RandomNorms(example, using: &random)
      let x = example.blocks(using: &random)
      let dy = example.blocks(halo: 1, using: &random)
      dy.spoilEmptyLanes(images: example.images)
      let output = example.blocks(halo: 1, special: true, using: &random)
      let block = example.count - 1
      func opened(_ place: PlaneCase.Place) -> Float {
        switch rectifier {
        case .none: dy[place]
        case .recomputed:
          norms.normalised(x[place], channel: place.channel) <= 0 ? 0 : dy[place]
        case .read: output[place] <= 0 ? 0 : dy[place]
        }
      }
      let expected = norms.channels.enumerated().flatMap { index, channel in
        x.accumulated(block, channel, images: example.images) { place in
          let gradient = opened(place)
          return (gradient, gradient, (x[place] - norms.means[index]) * norms.inverses[index])
        }
      }
      // Only what is read closes the gradient, in pruned channels, too.
      dy.expect("\(rectifier), \(example)", example.count) { place in
        rectifier == .read && place.block == block ? opened(place) : dy[place]
      } of: { kernels, dy in
        var sums = BlockPartials.ofOneBlock(width: 2 * norms.channels.count)
        kernels.gradientMoments(
          dy, x, norms.norms, rectifies: rectifier != .none,
          output: rectifier == .read ? output : nil, block: block, images: example.images,
          to: &sums)
        #expect(sums.sums == expected, "\(kernels.name), \(rectifier), \(example)")
      }
    }
  }

  @Test("Gradients of inputs are 0 in empty lanes and pruned channels", arguments: [false, true])
  func normaliseBackward(rectifies: Bool) {
    repeatedly { example, random in
      var norms = RandomNorms(example, using: &random)
      norms.setGradients(using: &random)
      let (x, dy) = (example.blocks(using: &random), example.blocks(using: &random))
      let dx = example.blocks(using: &random)
      x.spoilEmptyLanes(images: example.images)
      dy.spoilEmptyLanes(images: example.images)
      let block = example.count - 1
      dx.expect("\(example)", example.count) { place in
        guard place.block == block else { return dx[place] }
        guard place.lane < example.images, norms.channels.contains(place.channel) else { return 0 }
        let isOpen = !rectifies || norms.normalised(x[place], channel: place.channel) > 0
        return norms.combined(isOpen ? dy[place] : 0, x[place], channel: place.channel)
      } of: { kernels, dx in
        kernels.normaliseBackward(
          dy, x, norms.norms, rectifies: rectifies, into: dx, block: block, images: example.images)
      }
    }
  }

  @Test("A channel is scaled and shifted in the images' lanes")
  func scale() {
    repeatedly { example, random in
      let x = example.blocks(using: &random)
      let factor = Float.random(in: -3...3, using: &random)
      let summand = Float.random(in: -3...3, using: &random)
      let channel = Int.random(in: 0..<example.shape.channels, using: &random)
      let block = example.count - 1
      x.expect("\(example)", example.count) { place in
        guard place.block == block, place.channel == channel else { return x[place] }
        return place.lane < example.images ? summand.addingProduct(factor, x[place]) : 0
      } of: { kernels, x in
        kernels.scale(
          x, block: block, channel: channel, factor: factor, summand: summand,
          images: example.images)
      }
    }
  }
}

/// Random norms of some channels, and what they do to one number.
private struct RandomNorms {
  let channels: [Int]
  let means, inverses, scales, shifts: [Float]
  private var gradients: [(mean: Float, product: Float)] = []
  private(set) var norms: ChannelNorms

  init(_ example: PlaneCase, using random: inout SeededRandom) {
    func numbers(
      _ range: ClosedRange<Float>, _ count: Int, using random: inout SeededRandom
    ) -> [Float] {
      (0..<count).map { _ in .random(in: range, using: &random) }
    }
    channels = example.channels(using: &random)
    means = numbers(-1...1, channels.count, using: &random)
    inverses = numbers(0.1...300, channels.count, using: &random)
    scales = numbers(-2...2, channels.count, using: &random)
    shifts = numbers(-2...2, channels.count, using: &random)
    norms = ChannelNorms(channels: channels, of: example.shape.channels)
    for index in channels.indices {
      norms.set(
        index, mean: means[index], inverseDeviation: inverses[index], scale: scales[index],
        shift: shifts[index])
    }
  }

  mutating func setGradients(using random: inout SeededRandom) {
    for index in channels.indices {
      let (mean, product) = (
        Float.random(in: -1...1, using: &random), Float.random(in: -1...1, using: &random)
      )
      gradients.append((mean, product))
      norms.setGradient(index, mean: Double(mean), meanProduct: Double(product))
    }
  }

  func normalised(_ x: Float, channel: Int) -> Float {
    guard let index = channels.firstIndex(of: channel) else { return 0 }
    let factor = scales[index] * inverses[index]
    return (shifts[index] - means[index] * factor).addingProduct(factor, x)
  }

  func combined(_ dy: Float, _ x: Float, channel: Int) -> Float {
    guard let index = channels.firstIndex(of: channel) else { return 0 }
    let factor = scales[index] * inverses[index]
    let input = -factor * inverses[index] * gradients[index].product
    let summand = -factor * gradients[index].mean - input * means[index]
    return summand.addingProduct(input, x).addingProduct(factor, dy)
  }
}

extension PlaneCase {
  /// Some of the channels, ascending; sometimes all, sometimes none.
  fileprivate func channels(using random: inout SeededRandom) -> [Int] {
    let shares = [0, 0.6, 1]
    let share = shares[Int.random(in: 0..<3, using: &random)]
    return (0..<shape.channels).filter { _ in
      Double.random(in: 0..<1, using: &random) < share
    }
  }
}

extension FeatureShape {
  /// A map of which every `step`-th row and column are this shape's.
  fileprivate func widened(by step: Int) -> FeatureShape {
    FeatureShape(
      channels: channels, height: (height - 1) * step + 1, width: (width - 1) * step + 1)
  }
}

extension LaneBlocks {
  /// Σ first and Σ second · third of what `body` gives for each place of a map: four chains by
  /// column, (0 + 1) + (2 + 3), lanes folded.
  fileprivate func accumulated(
    _ block: Int, _ channel: Int, images: Int,
    _ body: (PlaneCase.Place) -> (first: Float, second: Float, third: Float)
  ) -> [Double] {
    var lanes = [[Float]](repeating: [Float](repeating: 0, count: Self.lanes), count: 2)
    for lane in 0..<images {
      var (sums, products) = ([Float](repeating: 0, count: 4), [Float](repeating: 0, count: 4))
      for row in 0..<shape.height {
        for column in 0..<shape.width {
          let terms = body(PlaneCase.Place(block, channel, row, column, lane))
          sums[column % 4] += terms.first
          products[column % 4].addProduct(terms.second, terms.third)
        }
      }
      lanes[0][lane] = (sums[0] + sums[1]) + (sums[2] + sums[3])
      lanes[1][lane] = (products[0] + products[1]) + (products[2] + products[3])
    }
    return lanes.map { Double(folded($0)) }
  }
}

extension BlockPartials {
  /// Room for `width` numbers of a single block.
  static func ofOneBlock(width: Int) -> BlockPartials {
    BlockPartials(share: BlockShare(images: 1, rank: 0, worldSize: 1), width: width)
  }
}
