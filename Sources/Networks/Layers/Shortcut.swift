import Tensors

// He, Zhang, Ren, Sun: "Deep residual learning for image recognition", CVPR 2016.

/// The way around a residual block's body, as the batch norm at its end adds it.
struct Shortcut {
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
  let step: Int
  private let all, kept: [Int]
  /// Channels of the source that survive somewhere.
  private let survivors: Set<Int>

  /// A shortcut to maps of `outputChannels` channels.
  init(group: Int, channels: [Channel], step: Int, outputChannels: Int) {
    (self.group, self.channels, self.step) = (group, channels, step)
    var all = [Int](repeating: -1, count: outputChannels)
    var kept = all
    for channel in channels {
      all[channel.to] = channel.from
      if channel.isKept { kept[channel.to] = channel.from }
    }
    (self.all, self.kept) = (all, kept)
    survivors = Set(channels.filter(\.isKept).map(\.from))
  }

  /// Whether every channel comes as it is, so that the gradient of the source can take the place of the
  /// output's.
  var isIdentity: Bool {
    step == 1 && channels.count == all.count && channels.allSatisfy { $0.from == $0.to }
  }

  /// For each channel the source's that is added to it, −1 where none survives.
  func sources(_ mode: Pass.Mode) -> [Int] { mode == .observation ? all : kept }

  /// Takes the gradient of the sum to the source; where both share maps, only what no shortcut passes on
  /// is cleared.
  func backward(_ gradient: LaneBlocks, into target: LaneBlocks, blocks: Int, kernels: KernelSet) {
    let isSame = gradient === target
    for channel in 0..<target.shape.channels where !(isSame && survivors.contains(channel)) {
      kernels.clearChannel(channel, of: target, blocks: blocks)
    }
    guard !isSame else { return }
    for channel in channels where channel.isKept {
      kernels.addChannelBackward(
        channel.to, of: gradient, to: channel.from, of: target, step: step, blocks: blocks)
    }
  }
}
