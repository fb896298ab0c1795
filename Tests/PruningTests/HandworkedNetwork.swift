import Networks
import Pruning
import Tensors
import Testing

/// A network and images of which every score can be worked out by hand. They go through real
/// forward passes, so that statistics, scores and rules are tested together.
///
/// Weights are 0 until they are set. Batch norms do nothing until they are set: their running means
/// are 0 and the variances 1 − ε.
struct HandworkedNetwork {
  /// A part of a pruning iteration.
  enum Part {
    /// Convolutions, dead filters and residual blocks.
    case convolutions
    /// Dense layers, dead neurons and what nothing reads.
    case denseLayers
  }

  /// The images that activities are means over, `[channel][row][column]`.
  var images: [[Float]] = []
  private let architecture: Architecture
  private let layout: ConnectionLayout
  private var survivors: Mask
  private var weights: [Float]

  /// An unpruned network.
  init(
    _ input: FeatureShape, classes: Int = 1, scoreNorm: Architecture.ScoreNorm = .sum,
    _ layers: [Layer]
  ) {
    architecture = Architecture(
      name: "handworked", input: input, classes: classes, scoreNorm: scoreNorm, layers: layers)
    layout = ConnectionLayout(architecture)
    survivors = Mask(count: layout.count)
    weights = [Float](repeating: 0, count: layout.parameterCount)
    for group in layout.groups where group.kind == .batchNorm {
      for unit in 0..<group.units {
        weights[group.parameterRange(unit: unit, input: 0).lowerBound] = 1
      }
    }
  }

  /// Sets a layer's weights, unit by unit: those of its inputs, row by row where they are kernels,
  /// then the bias; of a batch norm, scale and shift.
  mutating func set(_ layer: String, _ units: [[Float]]) {
    let group = named(layer)
    let numbers = units.flatMap { $0 }
    precondition(
      units.count == group.units && numbers.count == group.units * group.parametersPerUnit,
      "\(numbers.count) weights of \(units.count) units for \(layer)")
    weights.replaceSubrange(
      group.parameterOffset..<group.parameterOffset + numbers.count, with: numbers)
  }

  /// Which connections of a layer survive, unit by unit, the bias last: 1 where they do.
  subscript(layer: String) -> [[Int]] {
    get {
      let group = named(layer)
      return (0..<group.units).map { unit in
        (0..<group.connectionsPerUnit).map {
          survivors[group.index(unit: unit, input: $0)] ? 1 : 0
        }
      }
    }
    set {
      let group = named(layer)
      precondition(
        newValue.map(\.count)
          == [Int](repeating: group.connectionsPerUnit, count: group.units), "\(newValue)")
      for (unit, row) in newValue.enumerated() {
        for (input, bit) in row.enumerated() {
          survivors[group.index(unit: unit, input: input)] = bit == 1
        }
      }
    }
  }

  /// Whether everything survives but what these layers lose.
  func keepsAll(but layers: Set<String>) -> Bool {
    layout.groups.filter { !layers.contains($0.name) }.allSatisfy {
      survivors.keptCount(in: $0.range) == $0.range.count
    }
  }

  /// The importance of a unit's connections.
  func scores(_ layer: String, unit: Int = 0) throws -> [Double] {
    let index = layout.groups.firstIndex { $0.name == layer } ?? layout.groups.count
    return ActivityCriterion().scores(
      of: unit, group: index, in: ScoredNetwork(network, try observed(.evaluation)))
  }

  /// The network behind a part of a pruning iteration, with α of convolutions and of dense layers;
  /// where α = 1 nothing goes for its importance.
  /// - Throws: where it would end the network.
  func pruned(
    _ part: Part, convolutions: Double = 1, dense: Double = 1, deadBelow: Double = 0
  ) throws -> HandworkedNetwork {
    let outcome = try outcome(
      part, convolutions: convolutions, dense: dense, deadBelow: deadBelow)
    var result = self
    result.survivors = try #require(outcome.mask, "\(outcome)")
    return result
  }

  /// What comes of a part of a pruning iteration, likewise.
  func outcome(
    _ part: Part, convolutions: Double = 1, dense: Double = 1, deadBelow: Double = 0
  ) throws -> PruningRule.Outcome {
    let rule = PruningRule(
      criterion: ActivityCriterion(), alphaConvolution: convolutions, alphaDense: dense,
      deadBelow: deadBelow)
    let half: PruningRule.Half = part == .convolutions ? .convolutions : .denseLayers
    return rule.decide(
      half, ScoredNetwork(network, try observed(rule.statisticsMode(half)), iteration: 1, seed: 7))
  }

  private var network: Network {
    let network = Network(
      architecture, mask: Mask(count: layout.count), parameters: FloatBuffer(weights),
      kernels: KernelSet.available[0])
    // With its ε a batch norm then divides by 1.
    for (place, number) in network.statistics.elements.enumerated() where number == 1 {
      network.statistics[place] = 1 - 1e-5
    }
    return network.compacted(to: survivors)
  }

  /// The sensitivities of a layer's connections where the images have these labels, unit by unit,
  /// the bias last.
  func sensitivities(_ layer: String, labels: [Int32]) throws -> [[Double]] {
    let (workspace, run) = try forward(.evaluation, trains: true)
    var losses = BlockPartials(share: run, width: 2)
    CrossEntropy(kernels: workspace.network.kernels).add(
      workspace.logits, labels, run, gradient: workspace.logitsGradient, to: &losses)
    try workspace.backward(run, mode: .evaluation, sums: OwnBlockSum()) { _, _ in }
    let sums = Sensitivities.blockSums(workspace, images: images.count)
    let sensitivities = Sensitivities(totals: sums, of: workspace.network)
    let group = named(layer)
    return (0..<group.units).map { unit in
      (0..<group.connectionsPerUnit).map {
        sensitivities.values[group.index(unit: unit, input: $0)]
      }
    }
  }

  private func forward(_ mode: Pass.Mode, trains: Bool) throws -> (Workspace, BlockShare) {
    precondition(images.count <= LaneBlocks.lanes, "\(images.count) images for one lane block")
    let run = BlockShare(images: images.count, rank: 0, worldSize: 1)
    let workspace = Workspace(
      network, blocks: run.count, partials: trains ? 1 : 0, trains: trains)
    workspace.input.put(images)
    _ = try workspace.forward(run, mode: mode, sums: OwnBlockSum())
    return (workspace, run)
  }

  private func observed(_ mode: Pass.Mode) throws -> Observations {
    let (workspace, _) = try forward(mode, trains: false)
    return Observations(
      activities: ActivityStatistics(
        totals: ActivityStatistics.blockSums(workspace, block: 0, images: images.count),
        of: workspace.network.graph, samples: images.count))
  }

  private func named(_ name: String) -> ConnectionGroup {
    guard let group = layout.groups.first(where: { $0.name == name }) else {
      preconditionFailure("no group \(name)")
    }
    return group
  }
}

extension PruningRule.Outcome {
  /// The new mask; nil where pruning would end the network.
  var mask: Mask? {
    if case .pruned(let mask) = self { mask } else { nil }
  }
}

extension LaneBlocks {
  /// Fills the lanes of the first block with images.
  fileprivate func put(_ images: [[Float]]) {
    for (lane, image) in images.enumerated() {
      var pixels = image.makeIterator()
      for channel in 0..<shape.channels {
        for row in 0..<shape.height {
          for column in 0..<shape.width {
            self[0, channel, row, column, lane] = pixels.next() ?? 0
          }
        }
      }
    }
  }
}
