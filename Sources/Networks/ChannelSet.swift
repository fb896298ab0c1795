/// The channels that some layer puts out, seen as units: what produces each of them and what reads it.
///
/// Rectifiers, pools, dropout and flattening pass channels on, so that they belong to the same set.
/// This is all that pruning knows of a network's shape.
public struct ChannelSet: Sendable, Equatable {
  /// A group of connections that reads the channels.
  public struct Reader: Sendable, Equatable {
    /// The group's place in the layout.
    public let group: Int
    /// Inputs that come from one channel: 1, or the positions of a flattened map.
    public let spread: Int
  }

  /// What is added to the channels of a residual block's body.
  public struct Shortcut: Sendable, Equatable {
    /// The group with one connection a channel.
    public let group: Int
    /// The set whose channels are added.
    public let source: Int
    /// The source's channel for each channel of this set; nil where there is none.
    public let sourceChannels: [Int?]
  }

  /// Channels.
  public let channels: Int
  /// The convolution or dense group whose units they are; nil for an input image.
  public let producer: Int?
  /// The group of the batch norm behind it.
  public internal(set) var batchNorm: Int?
  /// What is added to it.
  public internal(set) var shortcut: Shortcut?
  /// Who reads it.
  public internal(set) var readers: [Reader] = []
  /// The sets whose shortcuts it feeds.
  public internal(set) var shortcutReaders: [Int] = []
}
