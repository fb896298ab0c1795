/// The channels that some layer puts out, seen as units: what produces each of them and what reads
/// it.
///
/// Rectifiers, pools, dropout and flattening pass channels on, so that they belong to the same set.
/// This is all that pruning knows of a network's shape.
package struct ChannelSet: Sendable, Equatable {
  /// A group of connections that reads the channels.
  package struct Reader: Sendable, Equatable {
    /// The group's place in the layout.
    package let group: Int
    /// Inputs that come from one channel: 1, or the positions of a flattened map.
    package let spread: Int
    /// The groups of the set's `laterNorms` that the channels go through on their way.
    package var norms: [Int] = []
  }

  /// What is added to the channels of a residual block's body.
  package struct Shortcut: Sendable, Equatable {
    /// The group with one connection a channel.
    package let group: Int
    /// The set whose channels are added.
    package let source: Int
    /// Rows and columns of the source from one that is added to the next.
    package let stride: Int
    /// The source's channel for each channel of this set; nil where there is none.
    package let sourceChannels: [Int?]
    /// The groups of the source's `laterNorms` that its channels go through on their way.
    package var norms: [Int] = []
  }

  /// Channels.
  package let channels: Int
  /// The convolution or dense group whose units they are; nil for an input image.
  package let producer: Int?
  /// The group of the batch norm that is part of each unit, directly after the producer.
  package internal(set) var batchNorm: Int?
  /// The groups of batch norms that come later, as after a residual sum: they normalise what
  /// several units have put together, and are none of theirs.
  package internal(set) var laterNorms: [Int] = []
  /// What is added to it.
  package internal(set) var shortcut: Shortcut?
  /// Who reads it.
  package internal(set) var readers: [Reader] = []
  /// The sets whose shortcuts it feeds.
  package internal(set) var shortcutReaders: [Int] = []
}
