import Tensors

/// One pass's view of the network, handed to every layer.
public struct Pass {
  /// Whether batch norm and dropout behave as in training.
  public enum Mode: Sendable {
    case training
    case evaluation
    /// Evaluation with all shortcuts of residual blocks, masked or not: convolutions are judged, and
    /// weighed against shortcuts, as if no shortcut were masked.
    case observation
  }

  /// The lane blocks this rank holds of the batch.
  public let run: BlockRun
  /// What the pass is for.
  public let mode: Mode
  /// The network's compact parameters.
  public let parameters: FloatBuffer
  /// Batch norms' running means and variances.
  public let statistics: FloatBuffer
  /// Where weight gradients go, at the same places; one partial a subtree of the run.
  public let gradients: GradientPartials
  /// Where random numbers come from.
  public let draw: Draw
  /// Sums over all ranks' blocks, for layers that normalise over the batch.
  public let sums: any BlockSum
  /// Called in the backward pass with parameters whose gradients are final, from the last layer to the
  /// first.
  public let completed: (Range<Int>) throws -> Void
}

/// Where the gradient of a layer's input goes.
public struct InputGradient {
  /// The gradient of the input.
  public let maps: LaneBlocks
  /// Whether it is added to what `maps` holds.
  public let isAdded: Bool

  /// A gradient that goes to `maps`.
  public init(_ maps: LaneBlocks, isAdded: Bool = false) {
    (self.maps, self.isAdded) = (maps, isAdded)
  }
}

/// A layer: forward and backward, and where its parameters lie. Buffers between layers belong to the
/// `LayerStack`.
public protocol Layer: AnyObject {
  /// Shape of what comes out for one image.
  var outputShape: FeatureShape { get }
  /// Whether the output replaces the input in the same buffer.
  var worksInPlace: Bool { get }
  /// Whether the gradient of the input takes the place of the output's.
  var keepsGradient: Bool { get }
  /// Zeros it needs around its input.
  var inputHalo: Int { get }
  /// Zeros it needs around the gradient of its output.
  var gradientHalo: Int { get }

  /// Makes what buffers of its own it needs for runs of up to `blocks` lane blocks.
  func prepare(blocks: Int, trains: Bool)
  /// Computes `output` from `input`.
  /// - Throws: what the sums over ranks throw.
  func forward(_ pass: Pass, input: LaneBlocks, output: LaneBlocks) throws
  /// Computes the gradients of the parameters and of the input (unless nobody needs it) from the
  /// output's gradient. A layer that works in place changes the gradient in place, too.
  /// - Throws: what the sums over ranks, or the exchange of what is completed, throw.
  func backward(
    _ pass: Pass, input: LaneBlocks, output: LaneBlocks, outputGradient: LaneBlocks,
    inputGradient: InputGradient?) throws
  /// What activity statistics need of it, after a forward pass.
  func observe(input: LaneBlocks, output: LaneBlocks, _ observer: (Observation) -> Void)
}

/// Activations that pruning wants to know.
public struct Observation {
  /// What they are.
  public enum Kind: Hashable, Sendable {
    /// Inputs of a group of connections.
    case inputs(group: Int)
    /// What a residual block's body puts out, and what its shortcut would add unmasked; named by the
    /// shortcut's group.
    case body(group: Int)
    case shortcut(group: Int)
  }

  /// What they are.
  public let kind: Kind
  /// Their shape for one image.
  public let shape: FeatureShape
  /// The numbers of a lane block: buffer and place in it.
  public let activations: (_ block: Int) -> (maps: LaneBlocks, block: Int)

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
  /// No.
  public var keepsGradient: Bool { false }
  /// None.
  public var inputHalo: Int { 0 }
  /// None.
  public var gradientHalo: Int { 0 }
  /// Nothing.
  public func prepare(blocks: Int, trains: Bool) {}
  /// Nothing.
  public func observe(
    input: LaneBlocks, output: LaneBlocks, _ observer: (Observation) -> Void
  ) {}
}
