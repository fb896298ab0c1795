import Tensors

/// The channels that a residual block's shortcut adds, as the sum takes them.
package struct ShortcutChannels {
  /// A channel: where it comes from and where it is added.
  struct Channel {
    let from: Int
    let to: Int
    let isKept: Bool
  }

  /// The shortcut's group of connections.
  let group: Int
  let channels: [Channel]
  /// Rows and columns of the source from one that is taken to the next.
  let stride: Int
  private let all, kept: [Int]
  /// Channels of the source that survive somewhere.
  private let survivors: Set<Int>

  /// A shortcut to maps of `outputChannels` channels.
  init(group: Int, channels: [Channel], stride: Int, outputChannels: Int) {
    (self.group, self.channels, self.stride) = (group, channels, stride)
    var all = [Int](repeating: -1, count: outputChannels)
    var kept = all
    for channel in channels {
      all[channel.to] = channel.from
      if channel.isKept { kept[channel.to] = channel.from }
    }
    (self.all, self.kept) = (all, kept)
    survivors = Set(channels.filter(\.isKept).map(\.from))
  }

  /// Whether every channel comes as it is, so that the gradient of the source can take the place of
  /// the output's.
  var isIdentity: Bool {
    stride == 1 && channels.count == all.count && channels.allSatisfy { $0.from == $0.to }
  }

  /// For each channel the source's that is added to it, −1 where none survives.
  func sources(_ mode: Pass.Mode) -> [Int] { mode == .observation ? all : kept }

  /// What a runner that adds them lets pruning observe.
  func observes(body: ObservedMap) -> [Observation.Kind: ObservedMap] {
    [.body(group: group): body, .shortcut(group: group): .addend]
  }

  /// Takes the gradient of the sum to the source; where both share maps, only what no shortcut
  /// passes on is cleared.
  func backward(
    _ gradient: LaneBlocks, into target: LaneBlocks, blocks: Int, kernels: KernelSet
  ) {
    let isSame = gradient === target
    for channel in 0..<target.shape.channels where !(isSame && survivors.contains(channel)) {
      kernels.clearChannel(channel, of: target, blocks: blocks)
    }
    guard !isSame else { return }
    for channel in channels where channel.isKept {
      kernels.addChannelBackward(
        channel.to, of: gradient, to: channel.from, of: target, stride: stride, blocks: blocks)
    }
  }
}

/// A residual sum by itself, for bodies that do not end with a batch norm.
final class ResidualSum: Runner {
  private let channels: ShortcutChannels
  private let kernels: KernelSet
  let outputShape: FeatureShape
  /// The sum's gradient is the body's.
  let inputSharesGradient = true

  init(_ channels: ShortcutChannels, shape: FeatureShape, kernels: KernelSet) {
    (self.channels, self.outputShape, self.kernels) = (channels, shape, kernels)
  }

  var observes: [Observation.Kind: ObservedMap] { channels.observes(body: .input) }

  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    guard let addend = maps.addend else { preconditionFailure("a sum without an addend") }
    for (channel, source) in channels.sources(pass.mode).enumerated() {
      kernels.addChannel(
        channel, of: maps.input, to: channel, of: maps.output, onto: false, blocks: blocks.count)
      guard source >= 0 else { continue }
      kernels.addChannel(
        source, of: addend, to: channel, of: maps.output, stride: channels.stride,
        blocks: blocks.count)
    }
  }

  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps) {
    guard let gradient = maps.outputGradient, let target = maps.addendGradient else { return }
    channels.backward(gradient, into: target, blocks: blocks.count, kernels: kernels)
  }
}
