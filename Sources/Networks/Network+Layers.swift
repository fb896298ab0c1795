import Tensors

extension Network {
  /// The layers that run this network, from input to output.
  func makeLayers() -> [any Layer] {
    layers(blueprint.layers, LayerParts(self))
  }

  /// A rectifier behind a batch norm or a residual block is part of these.
  private func layers(_ placed: [PlacedLayer], _ parts: LayerParts) -> [any Layer] {
    var layers: [any Layer] = []
    for (index, next) in placed.enumerated() {
      if next.declaration == .rectifier, index > 0, placed[index - 1].takesRectifier { continue }
      let isRectified = placed.dropFirst(index + 1).first?.declaration == .rectifier
      layers.append(layer(next, isRectified: isRectified, parts))
    }
    return layers
  }

  /// What layers are made of, by group.
  private struct LayerParts {
    let ranges: [Range<Int>]
    let statistics: [Int: Range<Int>]

    init(_ network: Network) {
      ranges = network.parameterRanges
      var statistics: [Int: Range<Int>] = [:]
      var start = 0
      for (index, group) in network.layout.groups.enumerated() where group.kind == .batchNorm {
        statistics[index] = start..<start + 2 * group.units
        start += 2 * group.units
      }
      self.statistics = statistics
    }
  }

  private func layer(
    _ placed: PlacedLayer, isRectified: Bool, _ parts: LayerParts
  ) -> any Layer {
    let group = placed.group ?? 0
    switch placed.declaration {
    case .dense:
      return WeightedLayer(
        group: group, output: placed.output, parameters: parts.ranges[group],
        products: denseProducts(connectivity(group)))
    case .convolution:
      let shape = ConvolutionShape(placed.declaration, input: placed.input)
      return WeightedLayer(
        group: group, output: shape.output, parameters: parts.ranges[group],
        products: convolutionProducts(group, shape), inputHalo: shape.padding,
        gradientHalo: shape.gradientHalo)
    case .batchNorm:
      return batchNorm(placed, isRectified: isRectified, parts)
    case .rectifier:
      return Rectifier(shape: placed.output, kernels: kernels)
    case .maxPool(let size):
      return MaxPool(size: size, output: placed.output, kernels: kernels)
    case .globalAveragePool:
      return GlobalAveragePool(channels: placed.output.channels, kernels: kernels)
    case .dropout(let probability):
      return Dropout(probability: probability, shape: placed.output, place: placed.number)
    case .residual(_, _, let shortcut):
      return residualBlock(placed, shortcut, isRectified: isRectified, parts)
    }
  }

  private func batchNorm(
    _ placed: PlacedLayer, isRectified: Bool, _ parts: LayerParts
  ) -> BatchNorm {
    let group = placed.group ?? 0
    return BatchNorm(
      shape: placed.output, channels: keptUnits(group), parameters: parts.ranges[group],
      statistics: parts.statistics[group] ?? 0..<0, rectifies: isRectified, kernels: kernels)
  }

  private func residualBlock(
    _ placed: PlacedLayer, _ shortcut: ShortcutDeclaration, isRectified: Bool, _ parts: LayerParts
  ) -> ResidualBlock {
    guard let norm = placed.body.last, case .batchNorm = norm.declaration else {
      preconditionFailure("the body of \(placed.declaration) ends without a batch norm")
    }
    let group = placed.group ?? 0
    let kept = Set(keptUnits(group))
    let sources =
      blueprint.channelSets.compactMap(\.shortcut).first { $0.group == group }?.sourceChannels ?? []
    var step = 1
    if case .padded(_, let stride) = shortcut { step = stride }
    return ResidualBlock(
      group: group, body: layers(placed.body.dropLast(), parts),
      norm: batchNorm(norm, isRectified: isRectified, parts),
      projection: layers(placed.projection, parts),
      channels: sources.enumerated().compactMap { target, source in
        source.map {
          ResidualBlock.Channel(from: $0, to: target, isKept: kept.contains(target))
        }
      }, step: step, kernels: kernels)
  }

  private func keptUnits(_ group: Int) -> [Int] {
    let group = layout.groups[group]
    return (0..<group.units).filter { mask[group.index(unit: $0, input: 0)] }
  }

  /// The surviving connections of a group of the layout.
  public func connectivity(_ group: Int) -> Connectivity {
    let group = layout.groups[group]
    return Connectivity(
      units: group.units, connectionsPerUnit: group.connectionsPerUnit, mask: mask,
      offset: group.offset)
  }

  private func denseProducts(_ connectivity: Connectivity) -> any DenseProducts {
    switch products {
    case .lane: LaneDenseProducts(connectivity, kernels: kernels)
    case .openblas: BLASDenseProducts(connectivity, kernels: kernels)
    }
  }

  private func convolutionProducts(
    _ group: Int, _ shape: ConvolutionShape
  ) -> any ConvolutionProducts {
    let connectivity = connectivity(group)
    let hasBias = layout.groups[group].hasBias
    switch products {
    case .lane:
      return LaneConvolutionProducts(
        connectivity, shape: shape, hasBias: hasBias, kernels: kernels)
    case .openblas:
      return BLASConvolutionProducts(
        connectivity, shape: shape, hasBias: hasBias, kernels: kernels)
    }
  }
}

extension PlacedLayer {
  /// Whether it does a rectifier's work in the same pass over memory.
  fileprivate var takesRectifier: Bool {
    switch declaration {
    case .batchNorm, .residual: true
    default: false
    }
  }
}
