import Tensors

/// One pass's view of the network, handed to every layer.
package struct Pass {
  /// Whether batch norm and dropout behave as in training.
  package enum Mode: Sendable {
    case training
    case evaluation
    /// Evaluation with all shortcuts of residual blocks, masked or not.
    case observation
  }

  /// The lane blocks this rank holds of the batch.
  package let run: BlockRun
  /// What the pass is for.
  package let mode: Mode
  /// The network's compact parameters.
  package let parameters: FloatBuffer
  /// Batch norms' running means and variances.
  package let statistics: FloatBuffer
  /// Where weight gradients go, at the same places; one partial a subtree of the run.
  package let gradients: GradientPartials
  /// Where random numbers come from.
  package let draw: Draw
  /// Sums over blocks, for layers that normalise over the batch.
  package let sums: any BlockSum
  /// The blocks these are over: those of all ranks, with `run` as this rank's part, or this rank's own.
  package let normalised: BlockRun
  /// Where times are noted, if anywhere.
  package let timeline: Timeline?
  /// Called in the backward pass with parameters whose gradients are final, and the run.
  let gradientsCompleted: GradientsCompleted

  /// Tells that the gradients of `parameters` are final and that nothing reads these parameters any more.
  func completed(_ parameters: Range<Int>) throws { try gradientsCompleted(parameters, run) }
}

/// Hears of parameters whose gradients are final, about from the last layer to the first.
package typealias GradientsCompleted = (_ parameters: Range<Int>, _ run: BlockRun) throws -> Void

/// The maps a layer works on. They hold the lane blocks of the call and no others.
struct LayerMaps {
  let input, output: LaneBlocks
  /// What a normalisation adds.
  let addend: LaneBlocks?
  let outputGradient: LaneBlocks?
  /// nil where nobody needs it.
  let inputGradient: LaneBlocks?
  /// Whether `inputGradient` holds a part of the gradient already, to be added to.
  let addsGradient: Bool
  /// Where the gradient of `addend` goes; the `outputGradient` itself where it takes its place.
  let addendGradient: LaneBlocks?
}

/// A layer: forward and backward over some lane blocks at a time, and what follows once all blocks of a
/// run have gone through it. Maps belong to the `Workspace`.
protocol Layer: AnyObject {
  /// Shape of what comes out for one image.
  var outputShape: FeatureShape { get }
  /// Whether the output replaces the input in the same maps.
  var worksInPlace: Bool { get }
  /// Whether all blocks of a run should go through it in one call; nil where it does not matter.
  var takesWholeRun: Bool? { get }
  /// Whether `forward` computes the output, and whether it is so cheap that the output need not be kept
  /// for the backward pass.
  var computesOutput: Bool { get }
  var isRecomputed: Bool { get }
  /// Whether `backward` computes the gradients of the input and of the addend.
  var computesInputGradient: Bool { get }
  /// Zeros it needs around its input.
  var inputHalo: Int { get }
  /// Zeros it needs around the gradient of its output.
  var gradientHalo: Int { get }

  /// Makes what buffers of its own it needs for runs of up to `blocks` lane blocks.
  func prepare(blocks: Int, trains: Bool)
  /// Computes the output of `blocks` of the run, which come in order.
  func forward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps)
  /// Follows when all blocks have gone forward.
  /// - Throws: what the sums over ranks throw.
  func finishForward(_ pass: Pass) throws
  /// Computes the output of the last forward pass again.
  func recompute(_ maps: LayerMaps)
  /// Computes the gradients of the parameters and of the input from the output's gradient, for `blocks`
  /// of the run, which come in order. A layer that works in place changes the gradient in place, too.
  func backward(_ pass: Pass, _ blocks: Range<Int>, _ maps: LayerMaps)
  /// Follows when all blocks have gone backward.
  /// - Throws: what the sums over ranks, or the exchange of what is completed, throw.
  func finishBackward(_ pass: Pass) throws
}

/// Activations that pruning wants to know.
package struct Observation {
  /// What they are.
  package enum Kind: Hashable, Sendable {
    /// Inputs of a group of connections.
    case inputs(group: Int)
    /// What a residual block's body puts out, and what its shortcut would add unmasked; named by the
    /// shortcut's group.
    case body(group: Int)
    case shortcut(group: Int)
  }

  /// What they are.
  package let kind: Kind
  /// Their shape for one image.
  package let shape: FeatureShape
  /// The numbers of a lane block: buffer and place in it.
  package let activations: (_ block: Int) -> (maps: LaneBlocks, block: Int)

  init(_ kind: Kind, _ maps: LaneBlocks) {
    self.init(kind, maps.shape) { (maps, $0) }
  }

  init(
    _ kind: Kind, _ shape: FeatureShape,
    activations: @escaping (_ block: Int) -> (maps: LaneBlocks, block: Int)
  ) {
    (self.kind, self.shape, self.activations) = (kind, shape, activations)
  }
}

extension Layer {
  var worksInPlace: Bool { false }
  var takesWholeRun: Bool? { nil }
  var computesOutput: Bool { true }
  var isRecomputed: Bool { false }
  var computesInputGradient: Bool { true }
  var inputHalo: Int { 0 }
  var gradientHalo: Int { 0 }
  func prepare(blocks: Int, trains: Bool) {}
  func finishForward(_ pass: Pass) throws {}
  func recompute(_ maps: LayerMaps) { preconditionFailure("\(self) keeps its output") }
  func finishBackward(_ pass: Pass) throws {}
}
