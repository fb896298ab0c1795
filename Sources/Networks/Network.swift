import Tensors

/// How the products of dense layers are computed.
public enum Products: String, Sendable, CaseIterable {
  /// By the micro-kernels, over the surviving connections only.
  case lane
  /// By OpenBLAS on full matrices, pruned weights as zeros.
  case openblas
}

/// A replica of a network: its architecture, its mask and the parameters that survive it.
///
/// Parameters, their initial values and gradients are flat buffers of exactly `kept` numbers in the
/// order of the mask; a pruned connection has no storage anywhere.
public final class Network {
  /// What it was made from.
  public let architecture: Architecture
  /// All connections, kept and pruned.
  public let layout: ConnectionLayout
  /// Which connections are kept.
  public let mask: Mask
  /// The surviving parameters.
  public let parameters: FloatBuffer
  /// The surviving connections of each group of the layout.
  public let connectivities: [Connectivity]
  /// The layers from input to output.
  public let layers: [any Layer]
  /// The kernels every layer runs on.
  public let kernels: KernelSet
  /// How dense products are computed.
  public let products: Products

  /// A network with these surviving parameters; nil makes them all zero.
  public init(
    _ architecture: Architecture, mask: Mask, parameters: FloatBuffer? = nil, kernels: KernelSet,
    products: Products = .lane
  ) {
    let layout = ConnectionLayout(architecture)
    let kept = mask.keptCount
    precondition(mask.count == layout.count, "\(mask.count) bits for \(layout.count) connections")
    precondition(
      parameters.map { $0.count == kept } ?? true,
      "\(parameters?.count ?? 0) parameters for \(kept) kept connections")
    self.architecture = architecture
    self.layout = layout
    self.mask = mask
    self.parameters = parameters ?? FloatBuffer(count: kept)
    self.kernels = kernels
    self.products = products
    self.connectivities = layout.groups.map {
      Connectivity(
        units: $0.units, connectionsPerUnit: $0.connectionsPerUnit, mask: mask, offset: $0.offset)
    }
    self.layers = Self.layers(
      architecture, connectivities: connectivities, kernels: kernels, products: products)
  }

  private static func layers(
    _ architecture: Architecture, connectivities: [Connectivity], kernels: KernelSet,
    products: Products
  ) -> [any Layer] {
    var layers: [any Layer] = []
    var shape = architecture.input
    var offset = 0
    var remaining = connectivities[...]
    for declaration in architecture.layers {
      switch declaration {
      case .dense:
        let connectivity = remaining.removeFirst()
        let dense: any DenseProducts =
          switch products {
          case .lane: LaneDenseProducts(connectivity, kernels: kernels)
          case .openblas: BLASDenseProducts(connectivity, kernels: kernels)
          }
        layers.append(DenseLayer(connectivity: connectivity, offset: offset, products: dense))
        offset += connectivity.kept
      case .rectifier:
        layers.append(Rectifier(shape: shape, kernels: kernels))
      }
      shape = layers[layers.count - 1].outputShape
    }
    return layers
  }

  /// The same network under a mask that is a subset of its own: survivors move together, the rest is
  /// gone.
  public func compacted(to mask: Mask) -> Network {
    Network(
      architecture, mask: mask, parameters: Self.compact(parameters, from: self.mask, to: mask),
      kernels: kernels, products: products)
  }

  /// The numbers of `values` (one a kept connection of `old`) whose connections `new` keeps.
  public static func compact(_ values: FloatBuffer, from old: Mask, to new: Mask) -> FloatBuffer {
    precondition(new.isSubset(of: old), "a mask revives a pruned connection")
    let compact = FloatBuffer(count: new.keptCount)
    var next = 0
    for (position, connection) in old.keptIndices.enumerated() where new[connection] {
      compact[next] = values[position]
      next += 1
    }
    return compact
  }

  /// The parameters of all connections in canonical order, 0 where pruned.
  public var fullParameters: [Float] {
    var full = [Float](repeating: 0, count: mask.count)
    for (position, connection) in mask.keptIndices.enumerated() {
      full[connection] = parameters[position]
    }
    return full
  }
}
