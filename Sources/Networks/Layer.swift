import Tensors

/// One step's view of the network, handed to every layer.
public struct Pass {
  /// The lane blocks this rank holds of the batch.
  public let run: BlockRun
  /// The network's compact parameters.
  public let parameters: FloatBuffer
  /// Where weight gradients go, at the same places; one partial a subtree of the run.
  public let gradients: GradientPartials
  /// Sums over all ranks' blocks, for layers that normalise over the batch.
  public let sums: any BlockSum
}

/// A layer: forward, backward, and where its parameters lie. Buffers between layers are the network's.
public protocol Layer: AnyObject {
  /// Shape of what comes out for one image.
  var outputShape: FeatureShape { get }
  /// Whether the output replaces the input in the same buffer.
  var worksInPlace: Bool { get }
  /// The layer's places in the compact parameters; empty if it has none.
  var parameters: Range<Int> { get }

  /// Computes `output` from `input`.
  /// - Throws: what the sums over ranks throw.
  func forward(_ pass: Pass, input: LaneBlocks, output: LaneBlocks) throws
  /// Computes the gradients of the parameters and of the input (unless nobody needs it) from the
  /// output's gradient. A layer that works in place changes the gradient in place, too.
  /// - Throws: what the sums over ranks throw.
  func backward(
    _ pass: Pass, input: LaneBlocks, output: LaneBlocks, outputGradient: LaneBlocks,
    inputGradient: LaneBlocks?) throws
}

/// max(0, x).
public final class Rectifier: Layer {
  private let kernels: KernelSet
  /// The shape of its input.
  public let outputShape: FeatureShape
  /// True: it leaves no trace of its input.
  public let worksInPlace = true
  /// None.
  public let parameters = 0..<0

  /// A rectifier of activations of `shape`.
  public init(shape: FeatureShape, kernels: KernelSet) {
    self.outputShape = shape
    self.kernels = kernels
  }

  /// See `Layer`.
  public func forward(_ pass: Pass, input: LaneBlocks, output: LaneBlocks) {
    kernels.rectify(output, blocks: pass.run.count)
  }

  /// See `Layer`.
  public func backward(
    _ pass: Pass, input: LaneBlocks, output: LaneBlocks, outputGradient: LaneBlocks,
    inputGradient: LaneBlocks?
  ) {
    kernels.rectifyBackward(outputGradient, output: output, blocks: pass.run.count)
  }
}

/// y_j = b_j + Σ_i w_ji x_i over the surviving connections.
public final class DenseLayer: Layer {
  private let products: any DenseProducts
  /// `[neuron]`.
  public let outputShape: FeatureShape
  /// False.
  public let worksInPlace = false
  /// The surviving connections in list order.
  public let parameters: Range<Int>

  /// A layer whose surviving connections lie from `offset` on in the compact parameters.
  public init(connectivity: Connectivity, offset: Int, products: any DenseProducts) {
    self.products = products
    self.outputShape = FeatureShape(channels: connectivity.units)
    self.parameters = offset..<offset + connectivity.kept
  }

  /// See `Layer`.
  public func forward(_ pass: Pass, input: LaneBlocks, output: LaneBlocks) {
    products.forward(
      input, into: output, weights: FloatSlice(pass.parameters, parameters), blocks: pass.run.count)
  }

  /// See `Layer`.
  public func backward(
    _ pass: Pass, input: LaneBlocks, output: LaneBlocks, outputGradient: LaneBlocks,
    inputGradient: LaneBlocks?
  ) {
    products.weightGradient(
      outputGradient, input, into: pass.gradients, offset: parameters.lowerBound, run: pass.run)
    if let inputGradient {
      products.backward(
        outputGradient, into: inputGradient, weights: FloatSlice(pass.parameters, parameters),
        blocks: pass.run.count)
    }
  }
}
