import Tensors

// He, Zhang, Ren, Sun: "Deep residual learning for image recognition", CVPR 2016.

/// max(0, body(x) + shortcut(x)), the shortcut's surviving channels only. The body ends with a batch
/// norm.
final class ResidualBlock: Layer {
  /// A channel of the shortcut: where it comes from and where it is added.
  struct Channel {
    let from: Int
    let to: Int
    let isKept: Bool
  }

  private let group: Int
  private let body: [any Layer]
  private let norm: BatchNorm
  private let projection: [any Layer]
  private let channels: [Channel]
  private let step: Int
  private let kernels: KernelSet
  private let allSources, keptSources: [Int: Int]
  private var bodyStack: LayerStack?
  private var projectionStack: LayerStack?
  let outputShape: FeatureShape
  let worksInPlace = false

  /// A block whose shortcut is `group`; `step` rows and columns of x lie between those it takes.
  init(
    group: Int, body: [any Layer], norm: BatchNorm, projection: [any Layer], channels: [Channel],
    step: Int, kernels: KernelSet
  ) {
    (self.group, self.body, self.norm, self.projection) = (group, body, norm, projection)
    (self.channels, self.step) = (channels, step)
    self.outputShape = norm.outputShape
    self.kernels = kernels
    allSources = Dictionary(uniqueKeysWithValues: channels.map { ($0.to, $0.from) })
    keptSources = Dictionary(
      uniqueKeysWithValues: channels.filter(\.isKept).map { ($0.to, $0.from) })
  }

  var inputHalo: Int { max(body.first?.inputHalo ?? 0, projection.first?.inputHalo ?? 0) }
  /// Where x itself is added, its gradient begins as that of the sum.
  var keepsGradient: Bool { projection.isEmpty && step == 1 && channels.allSatisfy(isSame) }

  private func isSame(_ channel: Channel) -> Bool { channel.from == channel.to }

  func prepare(blocks: Int, trains: Bool) {
    bodyStack = LayerStack(body, blocks: blocks, trains: trains)
    projectionStack =
      projection.isEmpty
      ? nil : LayerStack(projection, blocks: blocks, trains: trains)
  }

  private func prepared() -> LayerStack {
    guard let bodyStack else { preconditionFailure("a residual block was not prepared") }
    return bodyStack
  }

  func forward(_ pass: Pass, input: LaneBlocks, output: LaneBlocks) throws {
    let body = prepared()
    try body.forward(pass, input: input)
    try projectionStack?.forward(pass, input: input)
    let sources = pass.mode == .observation ? allSources : keptSources
    try norm.forward(
      pass, input: body.output,
      adding: BatchNorm.Addend(source: projectionStack?.output ?? input, step: step) {
        sources[$0]
      }, output: output)
  }

  func backward(
    _ pass: Pass, input: LaneBlocks, output: LaneBlocks, outputGradient: LaneBlocks,
    inputGradient: InputGradient?
  ) throws {
    let body = prepared()
    closeUnnormalised(outputGradient, output, pass.run)
    try norm.backward(
      pass, input: body.output, sum: output, outputGradient: outputGradient,
      inputGradient: body.outputGradient)
    if let projectionStack {
      try projectionStack.backward(
        pass, input: input, outputGradient: outputGradient, inputGradient: inputGradient)
    } else if let inputGradient {
      passShortcut(outputGradient, to: inputGradient.maps, pass.run)
    }
    try body.backward(
      pass, input: input, inputGradient: inputGradient.map { InputGradient($0.maps, isAdded: true) })
  }

  /// Where the batch norm is pruned, the shortcut alone was rectified.
  private func closeUnnormalised(_ gradient: LaneBlocks, _ output: LaneBlocks, _ run: BlockRun) {
    for channel in norm.prunedChannels where keptSources[channel] != nil {
      for block in 0..<run.count {
        kernels.rectifyBackward(
          ChannelMap(gradient, block: block, channel: channel),
          output: ChannelMap(output, block: block, channel: channel))
      }
    }
  }

  private func passShortcut(_ gradient: LaneBlocks, to target: LaneBlocks, _ run: BlockRun) {
    let isSame = gradient === target
    let kept = Set(keptSources.values)
    for channel in 0..<target.shape.channels where !(isSame && kept.contains(channel)) {
      kernels.clearChannel(channel, of: target, blocks: run.count)
    }
    guard !isSame else { return }
    for channel in channels where channel.isKept {
      kernels.addChannelBackward(
        channel.to, of: gradient, to: channel.from, of: target, step: step, blocks: run.count)
    }
  }

  func observe(input: LaneBlocks, output: LaneBlocks, _ observer: (Observation) -> Void) {
    let body = prepared()
    body.observe(input: input, observer)
    projectionStack?.observe(input: input, observer)
    observer(
      Observation(.body(group: group), outputShape) { [norm] block in
        (norm.normalised(input: body.output, block: block), 0)
      })
    observer(Observation(.shortcut(group: group), projectionStack?.output ?? input))
  }
}
