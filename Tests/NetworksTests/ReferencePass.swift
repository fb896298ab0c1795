import Foundation
import Networks
import Tensors

/// A pass through a `ReferenceNetwork`, layer by layer as each is defined.
struct ReferencePass {
  private let network: ReferenceNetwork
  private var layersSeen = 0
  private(set) var margin = Double.infinity
  private(set) var conditioning = Double.infinity
  private(set) var statistics: [[Double]]

  init(_ network: ReferenceNetwork) {
    self.network = network
    statistics = network.normalised.map { _ in network.statistics }
  }

  mutating func run(_ layers: [Layer], _ x: ReferenceMaps) -> ReferenceMaps {
    var x = x
    for layer in layers { x = run(layer, x) }
    return x
  }

  private mutating func run(_ layer: Layer, _ x: ReferenceMaps) -> ReferenceMaps {
    layersSeen += 1
    switch layer.declaration {
    case let layer as Convolution:
      return convolve(x, network.group(layer.name), layer.kernel, layer.stride, layer.padding)
    case let layer as BatchNorm: return normalise(x, network.group(layer.name))
    case is Rectifier: return rectify(x)
    case let layer as LeakyRectifier: return rectify(x, slope: Double(layer.slope))
    case is GELU: return x.mapFeatures { x, _, _ in x * erfc(-x / 2.0.squareRoot()) / 2 }
    case is SiLU: return x.mapFeatures { x, _, _ in x / (1 + exp(-x)) }
    case let layer as MaxPool: return maxPool(x, layer.size)
    case is GlobalAveragePool: return average(x)
    case let layer as Dropout: return drop(x, layer.probability)
    case let layer as Dense: return dense(x, network.group(layer.name))
    case let layer as Residual: return add(layer, x)
    default: preconditionFailure("no reference of \(layer)")
    }
  }

  private mutating func add(_ block: Residual, _ x: ReferenceMaps) -> ReferenceMaps {
    var sum = run(block.body, x)
    let added = run(block.shortcut, x, channels: sum.shape.channels)
    let group = network.group(block.name + ".shortcut")
    for channel in 0..<group.units {
      guard network.mode == .observation || network.mask[group.index(unit: channel)]
      else { continue }
      for (image, row, column) in sum.positions {
        sum[image, channel, row, column] += added[image, channel, row, column]
      }
    }
    return sum
  }

  private mutating func run(
    _ shortcut: Residual.Shortcut, _ x: ReferenceMaps, channels: Int
  ) -> ReferenceMaps {
    switch shortcut {
    case .identity: return x
    case .projection(let layers): return run(layers, x)
    case .padded(_, let stride):
      var y = ReferenceMaps(
        shape: FeatureShape(
          channels: channels, height: (x.shape.height + stride - 1) / stride,
          width: (x.shape.width + stride - 1) / stride), count: x.images.count)
      let first = (channels - x.shape.channels) / 2
      for channel in 0..<x.shape.channels {
        for (image, row, column) in y.positions {
          y[image, first + channel, row, column] = x[image, channel, stride * row, stride * column]
        }
      }
      return y
    }
  }
}

extension ReferencePass {
  private func parameter(_ group: ConnectionGroup, _ unit: Int, _ input: Int) -> Int {
    group.parameterRange(unit: unit, input: input).lowerBound
  }

  private func convolve(
    _ x: ReferenceMaps, _ group: ConnectionGroup, _ kernel: Int, _ stride: Int, _ padding: Int
  ) -> ReferenceMaps {
    let (rows, columns) = (0..<x.shape.height, 0..<x.shape.width)
    var y = ReferenceMaps(
      shape: FeatureShape(
        channels: group.units, height: (rows.count + 2 * padding - kernel) / stride + 1,
        width: (columns.count + 2 * padding - kernel) / stride + 1), count: x.images.count)
    let positions = y.positions
    for filter in 0..<group.units {
      if group.hasBias {
        let bias = network.parameters[parameter(group, filter, group.inputs)]
        for (image, row, column) in positions { y[image, filter, row, column] = bias }
      }
      for input in 0..<group.inputs {
        let first = parameter(group, filter, input)
        for tap in 0..<kernel * kernel {
          let weight = network.parameters[first + tap]
          if weight == 0 { continue }
          for (image, row, column) in positions {
            let (r, c) = (
              stride * row + tap / kernel - padding, stride * column + tap % kernel - padding
            )
            guard rows.contains(r), columns.contains(c) else { continue }
            y[image, filter, row, column] += weight * x[image, input, r, c]
          }
        }
      }
    }
    return y
  }

  private func dense(_ x: ReferenceMaps, _ group: ConnectionGroup) -> ReferenceMaps {
    ReferenceMaps(
      shape: FeatureShape(channels: group.units),
      images: x.images.map { inputs in
        (0..<group.units).map { unit in
          let first = parameter(group, unit, 0)
          let row = network.parameters[first..<first + group.inputs + 1]
          return zip(row, inputs + [1]).reduce(0) { $0 + $1.0 * $1.1 }
        }
      })
  }

  /// y = γ (x − μ)/√(σ² + 1e-5) + β.
  private mutating func normalise(_ x: ReferenceMaps, _ group: ConnectionGroup) -> ReferenceMaps {
    var y = ReferenceMaps(shape: x.shape, count: x.images.count)
    let place = network.statisticPlace(group.name)
    for channel in 0..<group.units where network.mask[group.index(unit: channel, input: 0)] {
      let first = parameter(group, channel, 0)
      let (scale, shift) = (network.parameters[first], network.parameters[first + 1])
      for (rank, images) in network.normalised.enumerated() where !images.isEmpty {
        let (mean, variance) = moments(x, images, channel, place: place, rank: rank)
        for (image, row, column) in y.positions where images.contains(image) {
          y[image, channel, row, column] =
            scale * (x[image, channel, row, column] - mean) / (variance + 1e-5).squareRoot() + shift
        }
      }
    }
    return y
  }

  /// Those of `channel` over `images`; the running ones move a tenth of the way to them.
  private mutating func moments(
    _ x: ReferenceMaps, _ images: Range<Int>, _ channel: Int, place: Int, rank: Int
  ) -> (mean: Double, variance: Double) {
    let places = (place + channel, place + x.shape.channels + channel)
    guard network.mode == .training
    else { return (network.statistics[places.0], network.statistics[places.1]) }
    let size = x.shape.height * x.shape.width
    let values = images.flatMap { x.images[$0][channel * size..<(channel + 1) * size] }
    let mean = values.reduce(0, +) / Double(values.count)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let variance = squares / Double(values.count)
    // Of two or three numbers next to nothing is left but signs. An emptied filter puts out exactly
    // 0.
    let digits = values.count < 4 ? 0 : variance / max(1, mean * mean)
    if mean != 0 { conditioning = min(conditioning, digits) }
    statistics[rank][places.0] += 0.1 * (mean - statistics[rank][places.0])
    let unbiased = squares / Double(max(1, values.count - 1))
    statistics[rank][places.1] += 0.1 * (unbiased - statistics[rank][places.1])
    return (mean, variance)
  }

  private mutating func rectify(_ x: ReferenceMaps, slope: Double = 0) -> ReferenceMaps {
    // What is exactly 0 comes from what is pruned or dropped, and stays so.
    for value in x.images.joined() where value != 0 { margin = min(margin, abs(value)) }
    return x.mapFeatures { value, _, _ in value > 0 ? value : slope * value }
  }

  private mutating func maxPool(_ x: ReferenceMaps, _ size: Int) -> ReferenceMaps {
    var y = ReferenceMaps(
      shape: FeatureShape(
        channels: x.shape.channels, height: x.shape.height / size, width: x.shape.width / size),
      count: x.images.count)
    for channel in 0..<x.shape.channels {
      for (image, row, column) in y.positions {
        let square = (0..<size * size).map {
          x[image, channel, row * size + $0 / size, column * size + $0 % size]
        }.sorted(by: >)
        y[image, channel, row, column] = square[0]
        // Equal numbers are zeros of a rectifier, whose own margin says whether they stay.
        if size > 1, square[0] != square[1] { margin = min(margin, square[0] - square[1]) }
      }
    }
    return y
  }

  private func average(_ x: ReferenceMaps) -> ReferenceMaps {
    let size = x.shape.height * x.shape.width
    return ReferenceMaps(
      shape: FeatureShape(channels: x.shape.channels),
      images: x.images.map { image in
        (0..<x.shape.channels).map {
          image[$0 * size..<($0 + 1) * size].reduce(0, +) / Double(size)
        }
      })
  }

  private func drop(_ x: ReferenceMaps, _ probability: Double) -> ReferenceMaps {
    guard network.mode == .training else { return x }
    let key = network.randomKey
    let random = CounterRandom(
      seed: key.seed, purpose: .dropout, iteration: key.iteration, epoch: key.epoch,
      layer: layersSeen)
    return x.mapFeatures { value, image, feature in
      random.uniform(feature, sample: network.samples[image]) < probability
        ? 0 : value / (1 - probability)
    }
  }
}
