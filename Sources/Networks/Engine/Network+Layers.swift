import Tensors

extension Network {
  /// The layers that run this network, from input to output.
  func makeProgram() -> Program {
    var program = Program(input: architecture.input)
    _ = append(blueprint.layers, to: &program, input: 0, LayerParts(self))
    return program
  }

  /// Appends layers behind map `input` and returns the number of what comes out. A rectifier behind a
  /// batch norm or a residual block is part of these.
  private func append(
    _ placed: [PlacedLayer], to program: inout Program, input: Int, _ parts: LayerParts
  ) -> Int {
    var map = input
    for (index, next) in placed.enumerated() {
      if next.declaration == .rectifier, index > 0, placed[index - 1].takesRectifier { continue }
      let isRectified = placed.dropFirst(index + 1).first?.declaration == .rectifier
      switch next.declaration {
      case .batchNorm:
        let norm = BatchNormPair(batchNorm(next, parts), adding: nil, rectifies: isRectified)
        let output = program.newMap(next.output)
        _ = program.append(norm.moments, named: name(next), input: map, output: output)
        map = program.append(
          norm.normalisation, named: name(next), input: map, output: output)
      case .residual(_, _, let shortcut):
        map = append(next, shortcut, isRectified, to: &program, input: map, parts)
      default:
        map = program.append(layer(next, parts), named: name(next), input: map)
      }
    }
    return map
  }

  /// A residual block: the batch norm at the end of its body adds the shortcut.
  private func append(
    _ block: PlacedLayer, _ declaration: ShortcutDeclaration, _ isRectified: Bool,
    to program: inout Program, input: Int, _ parts: LayerParts
  ) -> Int {
    guard let norm = block.body.last, case .batchNorm = norm.declaration else {
      preconditionFailure("the body of \(block.declaration) ends without a batch norm")
    }
    let pair = BatchNormPair(
      batchNorm(norm, parts), adding: shortcut(block, declaration), rectifies: isRectified)
    let source = append(block.projection, to: &program, input: input, parts)
    let body = append(block.body.dropLast(), to: &program, input: input, parts)
    let output = program.newMap(block.output)
    _ = program.append(
      pair.moments, named: name(norm), input: body, addend: source, output: output)
    return program.append(
      pair.normalisation, named: name(norm), input: body, addend: source, output: output)
  }

  private func name(_ placed: PlacedLayer) -> String {
    placed.group.map { layout.groups[$0].name } ?? "\(placed.declaration)"
  }

  /// The two layers of a batch norm.
  private struct BatchNormPair {
    let moments: BatchMoments
    let normalisation: BatchNormalisation

    init(_ norm: BatchNorm, adding shortcut: Shortcut?, rectifies: Bool) {
      moments = BatchMoments(norm, adding: shortcut, rectifies: rectifies)
      normalisation = BatchNormalisation(norm, adding: shortcut, rectifies: rectifies)
    }
  }

  /// What layers are made of, by group.
  private struct LayerParts {
    let ranges: [Range<Int>]
    let statistics: [Int: Range<Int>]
    let scratch = ScratchMemory()

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

  private func layer(_ placed: PlacedLayer, _ parts: LayerParts) -> any Layer {
    let group = placed.group ?? 0
    switch placed.declaration {
    case .dense:
      return WeightedLayer(
        group: group, output: placed.output, parameters: parts.ranges[group],
        products: denseProducts(connectivity(group)), takesWholeRun: true, kernels: kernels)
    case .convolution:
      let shape = ConvolutionShape(placed.declaration, input: placed.input)
      return WeightedLayer(
        group: group, output: shape.output, parameters: parts.ranges[group],
        products: convolutionProducts(group, shape, parts.scratch),
        takesWholeRun: shape.filters * shape.inputs * shape.taps
          > (shape.input.count + shape.output.count) * LaneBlocks.lanes,
        inputHalo: shape.padding, gradientHalo: shape.gradientHalo, kernels: kernels)
    case .rectifier:
      return Rectifier(shape: placed.output, kernels: kernels)
    case .maxPool(let size):
      return MaxPool(size: size, output: placed.output, kernels: kernels)
    case .globalAveragePool:
      return GlobalAveragePool(channels: placed.output.channels, kernels: kernels)
    case .dropout(let probability):
      return Dropout(probability: probability, shape: placed.output, place: placed.number)
    case .batchNorm, .residual:
      preconditionFailure("\(placed.declaration) is several layers")
    }
  }

  private func batchNorm(_ placed: PlacedLayer, _ parts: LayerParts) -> BatchNorm {
    let group = placed.group ?? 0
    return BatchNorm(
      shape: placed.output, channels: keptUnits(group), parameters: parts.ranges[group],
      statistics: parts.statistics[group] ?? 0..<0, kernels: kernels)
  }

  private func shortcut(_ placed: PlacedLayer, _ declaration: ShortcutDeclaration) -> Shortcut {
    let group = placed.group ?? 0
    let kept = Set(keptUnits(group))
    let sources =
      blueprint.channelSets.compactMap(\.shortcut).first { $0.group == group }?.sourceChannels ?? []
    var step = 1
    if case .padded(_, let stride) = declaration { step = stride }
    return Shortcut(
      group: group,
      channels: sources.enumerated().compactMap { target, source in
        source.map { Shortcut.Channel(from: $0, to: target, isKept: kept.contains(target)) }
      }, step: step, outputChannels: placed.output.channels)
  }

  private func keptUnits(_ group: Int) -> [Int] {
    let group = layout.groups[group]
    return (0..<group.units).filter { mask[group.index(unit: $0, input: 0)] }
  }

  /// The surviving connections of a group of the layout.
  package func connectivity(_ group: Int) -> Connectivity {
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
    _ group: Int, _ shape: ConvolutionShape, _ scratch: ScratchMemory
  ) -> any ConvolutionProducts {
    let connectivity = connectivity(group)
    let hasBias = layout.groups[group].hasBias
    switch products {
    case .lane:
      return LaneConvolutionProducts(
        connectivity, shape: shape, hasBias: hasBias, kernels: kernels, scratch: scratch)
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
