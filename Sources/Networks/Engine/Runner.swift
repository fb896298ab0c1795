import Tensors

/// The maps a runner works on. They hold the lane blocks of the call and no others.
struct RunnerMaps {
  let input, output: LaneBlocks
  /// What is added to the input, or to what it is made to.
  let addend: LaneBlocks?
  let outputGradient: LaneBlocks?
  /// nil where nobody needs it.
  let inputGradient: LaneBlocks?
  /// Whether `inputGradient` holds a part of the gradient already, to be added to.
  let addsGradient: Bool
  /// Where the gradient of `addend` goes; the `outputGradient` itself where it takes its place.
  let addendGradient: LaneBlocks?
}

/// Which of an operation's maps has what pruning observes.
enum ObservedMap {
  case input
  case addend
  /// What the runner puts out without what it adds.
  case outputWithoutAddend
}

/// What computes a layer, or a part of it: forward and backward over some lane blocks at a time,
/// and what follows once all blocks of a share have gone through it. Maps belong to the
/// `Workspace`.
///
/// Only a layer with weights, a sum or a normalisation says more than its shape and its two passes.
protocol Runner: AnyObject {
  /// Shape of what comes out for one image.
  var outputShape: FeatureShape { get }
  /// Whether the output replaces the input in the same maps.
  var worksInPlace: Bool { get }
  /// Whether all blocks of a share should go through it in one call; nil where it does not matter.
  var takesWholeShare: Bool? { get }
  /// Whether `forward` computes the output, and whether it is so cheap that the output need not be
  /// kept for the backward pass.
  var computesOutput: Bool { get }
  var isRecomputed: Bool { get }
  /// Whether `backward` computes the gradients of the input and of the addend.
  var computesInputGradient: Bool { get }
  /// Whether the gradient of the input, or of the addend, takes the place of the output's.
  var inputSharesGradient: Bool { get }
  var addendSharesGradient: Bool { get }
  /// Zeros it needs around its input.
  var inputHalo: Int { get }
  /// Zeros it needs around the gradient of its output.
  var gradientHalo: Int { get }
  /// Which of its maps pruning may observe, and as what.
  var observes: [Observation.Kind: ObservedMap] { get }
  /// The lists it runs over, with the group of connections that they list.
  var connectionLists: (group: Int, indices: [IndexBuffer])? { get }

  /// Makes itself a rectifier of its output, where it can do that work in the same pass over
  /// memory.
  func fuseRectifier() -> Bool
  /// Adds to its output what `channels` say, where it can do that in the same pass over memory.
  func fuse(adding channels: ShortcutChannels) -> Bool

  /// What it takes of memory besides maps, for shares of up to `blocks` lane blocks.
  func memory(blocks: Int) -> WorkspaceMemory
  /// Makes what buffers of its own it needs for shares of up to `blocks` lane blocks.
  func prepare(blocks: Int, trains: Bool)
  /// Computes the output of `blocks` of the share, which come in order.
  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps)
  /// Follows when all blocks have gone forward.
  /// - Throws: what the sums over ranks throw.
  func finishForward(_ pass: Pass) throws
  /// Computes the output of the last forward pass again.
  func recompute(_ maps: RunnerMaps)
  /// Computes one block of the output of the last forward pass again, with nothing added where
  /// `isPlain`.
  func output(of input: LaneBlocks, block: Int, isPlain: Bool) -> LaneBlocks
  /// Computes the gradients of the parameters and of the input from the output's gradient, for
  /// `blocks` of the share, which come in order. A runner that works in place changes the gradient
  /// in place, too.
  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: RunnerMaps)
  /// Follows when all blocks have gone backward.
  /// - Throws: what the sums over ranks, or the exchange of what is completed, throw.
  func finishBackward(_ pass: Pass) throws
}

extension Runner {
  var worksInPlace: Bool { false }
  var takesWholeShare: Bool? { nil }
  var computesOutput: Bool { true }
  var isRecomputed: Bool { false }
  var computesInputGradient: Bool { true }
  var inputSharesGradient: Bool { false }
  var addendSharesGradient: Bool { false }
  var inputHalo: Int { 0 }
  var gradientHalo: Int { 0 }
  var observes: [Observation.Kind: ObservedMap] { [:] }
  var connectionLists: (group: Int, indices: [IndexBuffer])? { nil }
  func fuseRectifier() -> Bool { false }
  func fuse(adding channels: ShortcutChannels) -> Bool { false }
  func memory(blocks: Int) -> WorkspaceMemory { WorkspaceMemory() }
  func prepare(blocks: Int, trains: Bool) {}
  func finishForward(_ pass: Pass) throws {}
  func recompute(_ maps: RunnerMaps) { preconditionFailure("\(self) keeps its output") }
  func output(of input: LaneBlocks, block: Int, isPlain: Bool) -> LaneBlocks {
    preconditionFailure("\(self) keeps its output")
  }
  func finishBackward(_ pass: Pass) throws {}
}
