import Networks
import Pruning
import Tensors

/// A residual block of two filters on maps of one pixel, after a convolution of two filters and
/// before two classes. Unless they are set, weights from a channel to its like are 100, all others
/// 1, so that by importance only the former stay.
struct ResidualNetwork {
  static let architecture = Architecture(
    name: "small", input: FeatureShape(channels: 2), classes: 2, scoreNorm: .euclidean,
    layers: [
      .convolution("stem", filters: 2, kernel: 1, bias: false), .batchNorm("stem.bn"), .rectifier,
      .residual(
        "block",
        body: [
          .convolution("block.conv1", filters: 2, kernel: 1, bias: false),
          .batchNorm("block.bn1"), .rectifier,
          .convolution("block.conv2", filters: 2, kernel: 1, bias: false),
          .batchNorm("block.bn2"),
        ], shortcut: .identity), .rectifier,
      .globalAveragePool, .dense("classes", neurons: 2),
    ])

  /// Which connections survive.
  var mask: Mask
  /// The weights of the unpruned network.
  var weights: [Float]
  private let layout: ConnectionLayout

  init() {
    layout = Graph(Self.architecture).layout
    mask = Mask(count: layout.count)
    weights = [Float](repeating: 1, count: layout.parameterCount)
    for group in layout.groups where group.isCounted {
      for unit in 0..<group.units {
        weights[group.parameterRange(unit: unit, input: unit).lowerBound] = 100
      }
    }
  }

  /// The place of a connection in masks and, as kernels are one weight each, of its weight.
  func place(_ group: String, unit: Int, input: Int = 0) -> Int {
    named(group).index(unit: unit, input: input)
  }

  /// Sets the weight of a connection.
  mutating func set(_ group: String, unit: Int, input: Int = 0, _ weight: Float) {
    weights[named(group).parameterRange(unit: unit, input: input).lowerBound] = weight
  }

  /// The network.
  var network: Network {
    let unpruned = Network(
      Self.architecture, mask: Mask(count: mask.count), parameters: FloatBuffer(weights),
      kernels: KernelSet.available[0])
    return unpruned.compacted(to: mask)
  }

  /// Statistics in which every input has the mean activity 1, but for what a residual sum adds up.
  func statistics(body: [Double], shortcut: [Double]) -> ActivityStatistics {
    let graph = network.graph
    var totals: [Double] = []
    for observation in graph.observations {
      switch observation.kind {
      case .inputs: totals += [Double](repeating: 1, count: observation.shape.count)
      case .body: totals += body
      case .shortcut: totals += shortcut
      }
    }
    return ActivityStatistics(totals: totals, of: graph, samples: 1)
  }

  private func named(_ name: String) -> ConnectionGroup {
    guard let group = layout.groups.first(where: { $0.name == name }) else {
      preconditionFailure("no group \(name)")
    }
    return group
  }
}
