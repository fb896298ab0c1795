import Tensors

// He, Zhang, Ren, Sun: "Deep residual learning for image recognition", CVPR 2016.

/// body(x) + shortcut(x), the shortcut's surviving channels only.
final class ResidualBlock: Layer {
  /// A channel of the shortcut: where it comes from and where it is added.
  struct Channel {
    let from: Int
    let to: Int
    let isKept: Bool
  }

  private let group: Int
  private let body: [any Layer]
  private let projection: [any Layer]
  private let channels: [Channel]
  private let step: Int
  private let input: FeatureShape
  private let kernels: KernelSet
  private var bodyStack: LayerStack?
  private var projectionStack: LayerStack?
  private var scratch: LaneBlocks?
  let outputShape: FeatureShape
  let worksInPlace = false

  /// A block whose shortcut is `group`; `step` rows and columns of x lie between those it takes.
  init(
    group: Int, body: [any Layer], projection: [any Layer], channels: [Channel], step: Int,
    input: FeatureShape, output: FeatureShape, kernels: KernelSet
  ) {
    (self.group, self.body, self.projection) = (group, body, projection)
    (self.channels, self.step) = (channels, step)
    (self.input, self.outputShape) = (input, output)
    self.kernels = kernels
  }

  var inputHalo: Int { max(body.first?.inputHalo ?? 0, projection.first?.inputHalo ?? 0) }

  func prepare(blocks: Int, trains: Bool) {
    bodyStack = LayerStack(body, blocks: blocks, trains: trains)
    projectionStack =
      projection.isEmpty ? nil : LayerStack(projection, blocks: blocks, trains: trains)
    scratch =
      projection.isEmpty || !trains
      ? nil : LaneBlocks(shape: input, halo: inputHalo, capacity: blocks)
  }

  private func prepared() -> LayerStack {
    guard let bodyStack else { preconditionFailure("a residual block was not prepared") }
    return bodyStack
  }

  func forward(_ pass: Pass, input: LaneBlocks, output: LaneBlocks) throws {
    let body = prepared()
    try body.forward(pass, input: input)
    try projectionStack?.forward(pass, input: input)
    let source = projectionStack?.output ?? input
    for channel in 0..<outputShape.channels {
      kernels.addChannel(
        channel, of: body.output, to: channel, of: output, onto: false, blocks: pass.run.count)
    }
    for channel in channels where channel.isKept || pass.mode == .observation {
      kernels.addChannel(
        channel.from, of: source, to: channel.to, of: output, step: step, blocks: pass.run.count)
    }
  }

  func backward(
    _ pass: Pass, input: LaneBlocks, output: LaneBlocks, outputGradient: LaneBlocks,
    inputGradient: LaneBlocks?
  ) throws {
    let body = prepared()
    if let projectionStack, let gradient = projectionStack.outputGradient {
      let kept = Set(channels.filter(\.isKept).map(\.to))
      fill(gradient, from: outputGradient, channels: kept, pass)
      try projectionStack.backward(pass, input: input, inputGradient: scratch)
    }
    if let gradient = body.outputGradient {
      fill(gradient, from: outputGradient, channels: nil, pass)
      try body.backward(pass, input: input, inputGradient: inputGradient)
    }
    guard let inputGradient else { return }
    if let scratch {
      for channel in 0..<self.input.channels {
        kernels.addChannel(
          channel, of: scratch, to: channel, of: inputGradient, blocks: pass.run.count)
      }
    } else {
      for channel in channels where channel.isKept {
        kernels.addChannelBackward(
          channel.to, of: outputGradient, to: channel.from, of: inputGradient, step: step,
          blocks: pass.run.count)
      }
    }
  }

  /// Copies a gradient; channels that are not among `kept` become 0.
  private func fill(
    _ gradient: LaneBlocks, from source: LaneBlocks, channels kept: Set<Int>?, _ pass: Pass
  ) {
    for channel in 0..<outputShape.channels {
      if kept?.contains(channel) ?? true {
        kernels.addChannel(
          channel, of: source, to: channel, of: gradient, onto: false, blocks: pass.run.count)
      } else {
        kernels.clearChannel(channel, of: gradient, blocks: pass.run.count)
      }
    }
  }

  func observe(input: LaneBlocks, output: LaneBlocks, _ observer: (Observation) -> Void) {
    let body = prepared()
    body.observe(input: input, observer)
    projectionStack?.observe(input: input, observer)
    observer(Observation(kind: .body(group: group), activations: body.output))
    observer(
      Observation(kind: .shortcut(group: group), activations: projectionStack?.output ?? input))
  }
}
